#include "cmd/flags.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

#include "CLI/CLI.hpp"
#include "absl/time/time.h"
#include "cmd/size.h"
#include "lib/base/concat.h"
#include "lib/base/domain_name.h"
#include "lib/base/safe_text.h"
#include "lib/mail/date.h"
#include "pipeline/run/sample_text.h"
#include "pipeline/run/shard_text.h"

namespace mailassay::cmd {
namespace {

constexpr uint64_t kMinMemory = 64u << 20;
constexpr int kMaxJobs = 1024;
constexpr int kManyInFlight = 4000;

int64_t Now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

absl::Status Bad(std::string_view option, std::string_view why) {
  return absl::InvalidArgumentError(Concat(option, ": ", why));
}

absl::StatusOr<uint64_t> Size(std::string_view option, const std::string& text,
                              uint64_t least) {
  auto size = ParseSize(text);
  if (!size) {
    return Bad(option, Concat("\"", SafeText(text),
                              "\" is no size (examples: 512M, 2G)"));
  }
  if (*size < least) {
    return Bad(option,
               Concat("\"", SafeText(text), "\" is too little: at least ",
                      FormatSize(least), " is needed"));
  }
  return *size;
}

// Options that contradict each other, or do nothing without another.
absl::Status CheckTogether(const CLI::App& command, const Flags& flags) {
  auto given = [&](const char* name) {
    const CLI::Option* option = command.get_option_no_throw(name);
    return option != nullptr && option->count() > 0;
  };
  for (const char* name : {"--resolver", "--dns-rate", "--dns-zone-limit",
                           "--dnssec", "--dnssec-anchor", "--strict-dns"}) {
    if (flags.offline && given(name)) {
      return Bad(name, "makes no sense with --offline, which asks no one");
    }
  }
  if (given("--dnssec-anchor") && !flags.dnssec) {
    return Bad("--dnssec-anchor", "makes no sense without --dnssec");
  }
  // report writes into its audit when nothing else is said.
  const std::string_view rows = "--rows";
  for (const char* name :
       {"--force", "--resume", "--append", "--rows", "--ignore-space"}) {
    const bool in_place = command.get_name() == "report" && name == rows;
    if (flags.out.empty() && given(name) && !in_place) {
      return Bad(name, "makes no sense without -o DIR");
    }
  }
  if (flags.custody && flags.out.empty() && flags.csv.empty()) {
    return Bad("--custody", "makes no sense without -o DIR or --csv");
  }
  if (flags.custody && given("--sample")) {
    return Bad("--custody", "hashes whole files, which --sample does not read");
  }
  if (flags.append && given("--sample")) {
    return Bad("--append", "makes no sense with --sample");
  }
  if (flags.raw_csv && flags.out.empty() && flags.csv.empty()) {
    return Bad("--raw-csv", "makes no sense without -o DIR or --csv");
  }
  if (flags.force && flags.resume) {
    return Bad("--resume", "goes on with what --force would replace");
  }
  if (flags.append && (flags.force || flags.resume)) {
    return Bad("--append", Concat("adds to a finished audit; ",
                                  flags.force ? "--force" : "--resume",
                                  " makes no sense with it"));
  }
  if (flags.append && !flags.shard.empty()) {
    return Bad("--append", "a shard is a part of an audit that is finished");
  }
  if ((flags.resume || flags.append) &&
      std::count(flags.inputs.begin(), flags.inputs.end(), "-")) {
    return Bad(flags.append ? "--append" : "--resume",
               "standard input can't be read again");
  }
  if (flags.json && !flags.csv.empty()) {
    return Bad("--json", "standard output is taken by --csv");
  }
  if (std::count(flags.inputs.begin(), flags.inputs.end(), "-") > 1) {
    return Bad("-", "standard input can be read only once");
  }
  return absl::OkStatus();
}

absl::Status SetTable(const Flags& flags, run::Options& options) {
  const std::string& name = flags.csv;
  if (name.empty()) return absl::OkStatus();
  if (name == flags.own_csv) {
    options.own_csv = true;
    return absl::OkStatus();
  }
  std::string known = flags.own_csv;
  for (size_t t = 0; t < static_cast<size_t>(audit::Table::kCount); ++t) {
    auto table = static_cast<audit::Table>(t);
    if (audit::TableName(table) == name) {
      options.csv = table;
      return absl::OkStatus();
    }
    known += Concat(known.empty() ? "" : ", ", audit::TableName(table));
  }
  return Bad("--csv", Concat("no table is called \"", SafeText(name),
                             "\"; there are ", known));
}

absl::Status SetJudge(const std::string& at, run::Options& options) {
  using At = audit::JudgeOptions::At;
  if (const std::optional<At> named = audit::AtNamed(at)) {
    options.judge = {.at = *named};
    options.judged_at = audit::AtWords(*named);
    if (*named != At::kNow) return absl::OkStatus();
    options.judge.time = options.started_at;
  } else if (auto time = mail::ParseTimeOption(at)) {
    options.judge = {.at = At::kTime, .time = *time};
  } else {
    return Bad("--at", Concat("\"", SafeText(at),
                              "\" is neither received, newest-received, "
                              "delivery-date, mbox-from, date, now nor a time "
                              "(2026-03-01T12:00:00Z or Unix seconds)"));
  }
  options.judged_at = mail::FormatTime(options.judge.time);
  return absl::OkStatus();
}

// As lower-case A-labels.
absl::StatusOr<std::vector<std::string>> Names(
    std::string_view option, std::string_view what,
    DomainName (*parse)(std::string_view),
    const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (const std::string& text : texts) {
    DomainName name = parse(text);
    if (name.defect != NameDefect::kNone) {
      return Bad(option, Concat("\"", SafeText(text), "\" is no ", what));
    }
    names.push_back(name.ascii);
  }
  return names;
}

absl::StatusOr<std::vector<std::string>> Domains(
    std::string_view option, const std::vector<std::string>& texts) {
  return Names(option, "domain name", ParseDomain, texts);
}

absl::Status SetFrom(const std::vector<std::string>& texts,
                     run::Options& options) {
  auto domains = Domains("--from", texts);
  if (!domains.ok()) return domains.status();
  options.from.domains = *std::move(domains);
  return absl::OkStatus();
}

absl::Status SetSizes(const Flags& flags, run::Options& options) {
  auto memory = Size("--memory", flags.memory, kMinMemory);
  if (!memory.ok()) return memory.status();
  auto message = Size("--max-message", flags.max_message, 1);
  if (!message.ok()) return message.status();
  auto block = Size("--block", flags.block, 1024);
  if (!block.ok()) return block.status();
  options.memory_bytes = *memory;
  options.limits.max_message_bytes = *message;
  options.block_bytes = *block;
  return absl::OkStatus();
}

absl::Status SetNumbers(const Flags& flags, run::Options& options) {
  if (flags.jobs < 0 || flags.jobs > kMaxJobs) {
    return Bad("--jobs", Concat("takes 1 to ", kMaxJobs, ", 0 for all cores"));
  }
  int cores = static_cast<int>(std::thread::hardware_concurrency());
  options.jobs = flags.jobs > 0 ? flags.jobs : std::max(1, cores);
  if (flags.dns_rate < 0) {
    return Bad("--dns-rate", "takes names a second, 0 for no limit");
  }
  options.resolver.per_second = flags.dns_rate;
  // Who sets no limit has a resolver that can bear it.
  if (flags.dns_rate == 0) options.resolver.in_flight = kManyInFlight;
  if (flags.dns_zone_limit < 0) {
    return Bad("--dns-zone-limit", "takes a number of names, 0 for no limit");
  }
  options.most_of_zone = static_cast<size_t>(flags.dns_zone_limit);
  if (flags.min_rsa_bits < 1024 || flags.min_rsa_bits > 8192) {
    return Bad("--min-rsa-bits", "takes 1024 (RFC 8301) to 8192");
  }
  options.judge.min_rsa_bits = static_cast<uint32_t>(flags.min_rsa_bits);
  if (flags.fail_under >= 0) options.fail_under = flags.fail_under;
  if (flags.fail_under > 100) {
    return Bad("--fail-under", "takes a percentage, 0 to 100");
  }
  return absl::OkStatus();
}

absl::Status SetProgress(const std::string& mode, run::Options& options) {
  if (mode == "auto") {
    options.progress = run::ProgressMode::kAuto;
  } else if (mode == "plain") {
    options.progress = run::ProgressMode::kPlain;
  } else if (mode == "never") {
    options.progress = run::ProgressMode::kNever;
  } else {
    return Bad("--progress", "takes auto, plain or never");
  }
  return absl::OkStatus();
}

absl::Status SetShard(const std::string& text, run::Options& options) {
  if (text.empty()) return absl::OkStatus();
  auto shard = run::ParseShard(text);
  if (!shard) {
    return Bad("--shard", Concat("\"", SafeText(text),
                                 "\" is no shard: I/N, I from 1 to N"));
  }
  options.shard = *shard;
  return absl::OkStatus();
}

absl::Status SetSample(const CLI::App& command, const std::string& text,
                       run::Options& options) {
  const CLI::Option* option = command.get_option_no_throw("--sample");
  if (option == nullptr || option->count() == 0) return absl::OkStatus();
  auto share = run::ParsePercent(text);
  if (!share) {
    return Bad("--sample", Concat("\"", SafeText(text),
                                  "\" is no percentage over 0 and up to 100 "
                                  "(examples: 1%, 0.5%)"));
  }
  options.sample = *share;
  return absl::OkStatus();
}

absl::Status SetDuplicates(const Flags& flags, run::Options& options) {
  if (flags.dedupe == "id") {
    options.duplicates = audit::DuplicateRule::kId;
  } else if (flags.dedupe == "raw") {
    options.duplicates = audit::DuplicateRule::kRaw;
  } else if (!flags.dedupe.empty()) {
    return Bad("--dedupe", "takes id or raw");
  } else if (flags.count_duplicates) {
    return Bad("--count-duplicates", "makes no sense without --dedupe");
  }
  options.count_duplicates = flags.count_duplicates;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<int64_t>> Time(std::string_view option,
                                            const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto time = mail::ParseTimeOption(text);
  if (!time) {
    return Bad(option, Concat("\"", SafeText(text),
                              "\" is no time (2026-03-01T12:00:00Z or Unix "
                              "seconds)"));
  }
  return *time;
}

// The member of an enumeration that `name` calls so; nullopt: none does.
template <typename Enum, typename Name>
std::optional<Enum> Named(std::string_view text, const Name& name) {
  for (int i = 0; i < static_cast<int>(Enum::kCount); ++i) {
    if (name(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// Each use takes one word: what follows may be an argument.
CLI::Option* AddRepeatable(CLI::App& app, const char* name,
                           std::vector<std::string>& values,
                           const std::string& help) {
  return app.add_option(name, values, help + " (repeatable)")
      ->allow_extra_args(false);
}

CLI::Option* AddHistory(CLI::App& app, Flags& flags) {
  return app
      .add_option("--key-history", flags.key_history,
                  "Use and keep every key ever seen there; shards only read it")
      ->envname("MAILASSAY_KEY_HISTORY")
      ->type_name("FILE")
      ->group("Keys");
}

void AddKeyFiles(CLI::App& app, Flags& flags) {
  AddRepeatable(
      app, "--keys", flags.key_files,
      "Key file: name TAB record, BIND zone, JSON, or --keys-out lines")
      ->type_name("FILE")
      ->group("Keys");
  app.add_flag("--strict-keys", flags.strict_keys,
               "Refuse a key file with a row that is not as it should be")
      ->group("Keys");
}

void AddKeySources(CLI::App& app, Flags& flags) {
  const char* group = "Keys";
  AddKeyFiles(app, flags);
  AddHistory(app, flags);
  AddRepeatable(app, "--resolver", flags.resolvers,
                "DNS server to ask instead of the system's")
      ->type_name("ADDR[@PORT]")
      ->group(group);
  app.add_option("--dns-rate", flags.dns_rate,
                 "Names asked a second at most, 0: no limit")
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
  app.add_option("--dns-zone-limit", flags.dns_zone_limit,
                 "Names of one organizational domain asked in a run at most, "
                 "0: no limit")
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
  app.add_flag("--dnssec", flags.dnssec,
               "Validate answers, and tell the outcome in key_dnssec")
      ->group(group);
  app.add_option("--dnssec-anchor", flags.dnssec_anchor,
                 "DS or DNSKEY records to trust, with --dnssec")
      ->capture_default_str()
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--strict-dns", flags.strict_dns,
               "Exit with 4 when temporary DNS failures remain")
      ->group(group);
}

// How archives are read, whatever part of them.
void AddArchiveOptions(CLI::App& app, Flags& flags) {
  const char* group = "Reading";
  app.add_option("--max-message", flags.max_message,
                 "Larger messages are counted, not verified")
      ->capture_default_str()
      ->type_name("SIZE")
      ->group(group);
  app.add_flag("-L,--follow", flags.follow,
               "Follow symbolic links met in directories, also out of them")
      ->group(group);
}

}  // namespace

void AddAuditArgument(CLI::App& app, Flags& flags) {
  app.add_option("DIR", flags.audit, "An audit, as verify -o keeps it")
      ->required()
      ->type_name("");
}

void AddKeyOptions(CLI::App& app, Flags& flags) {
  const char* group = "Keys";
  AddKeySources(app, flags);
  app.add_flag("--offline", flags.offline, "Ask no DNS server")->group(group);
  app.add_option("--keys-out", flags.keys_out,
                 "Save every answer used, to repeat the run with --keys")
      ->type_name("FILE")
      ->group(group);
}

void AddDirOptions(CLI::App& app, Flags& flags) {
  const char* group = "Output";
  app.add_option("-o,--out", flags.out,
                 "Keep the audit there: audit.sqlite, tables, run.json")
      ->type_name("DIR")
      ->group(group);
  app.add_flag("--force", flags.force, "Replace the audit that DIR holds")
      ->group(group);
  app.add_flag(
         "--rows", flags.rows,
         "Write messages.csv and signatures.csv beyond 1,000,000 messages")
      ->group(group);
  app.add_flag("--ignore-space", flags.ignore_space,
               "Write even if DIR seems to have too little room")
      ->group(group);
}

void AddStdoutOptions(CLI::App& app, Flags& flags) {
  const char* group = "Output";
  app.add_option("--csv", flags.csv, "One table to standard output")
      ->type_name("NAME")
      ->group(group);
  app.add_flag("--json", flags.json, "The totals to standard output")
      ->group(group);
  app.add_flag("--raw-csv", flags.raw_csv,
               "No ' before values that a spreadsheet takes for formulas")
      ->group(group);
  app.add_flag("-q,--quiet", flags.quiet, "Errors only, and what was asked for")
      ->group(group);
  app.add_option("--fail-under", flags.fail_under,
                 "Exit with 1 when less than this percentage of messages is "
                 "verified and aligned")
      ->type_name("PERCENT")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
}

void AddPolicyOptions(CLI::App& app, Flags& flags) {
  const char* group = "Judging";
  app.add_option("--at", flags.at,
                 "Judge t= and x= at: received (best evidence of receipt), "
                 "newest-received, delivery-date, mbox-from, date, now, or a "
                 "time")
      ->capture_default_str()
      ->type_name("TIME")
      ->group(group);
  app.add_option("--min-rsa-bits", flags.min_rsa_bits,
                 "Shorter RSA keys are refused as weak")
      ->capture_default_str()
      ->type_name("BITS")
      ->group(group);
}

void AddFilterOptions(CLI::App& app, Flags& flags) {
  const char* group = "Which messages";
  AddRepeatable(app, "--from", flags.from,
                "Only from this domain and its subdomains")
      ->type_name("DOMAIN")
      ->group(group);
  AddRepeatable(app, "--class", flags.classes,
                "Only of this class: broken, unjudged ...")
      ->type_name("CLASS")
      ->group(group);
  AddRepeatable(app, "--reason", flags.reasons,
                "Only those whose best signature has this reason")
      ->type_name("REASON")
      ->group(group);
  app.add_option("--since", flags.since, "Only received at or after this time")
      ->type_name("TIME")
      ->group(group);
  app.add_option("--until", flags.until, "Only received before this time")
      ->type_name("TIME")
      ->group(group);
}

void AddDuplicateOptions(CLI::App& app, Flags& flags) {
  const char* group = "Counting";
  app.add_option("--dedupe", flags.dedupe,
                 "Count a message that lies in several places once; the same "
                 "is what has the same Message-ID, length and signatures (id) "
                 "or the same octets (raw)")
      ->type_name("id|raw")
      ->group(group);
  app.add_flag("--count-duplicates", flags.count_duplicates,
               "With --dedupe: mark them, but count each time")
      ->group(group);
}

void AddWorkOptions(CLI::App& app, Flags& flags) {
  const char* group = "Work";
  app.add_option("-j,--jobs", flags.jobs, "Worker threads, 0: all cores")
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
  app.add_option("--memory", flags.memory, "Memory to use at most")
      ->capture_default_str()
      ->type_name("SIZE")
      ->group(group);
  app.add_option("--progress", flags.progress, "auto, plain or never")
      ->capture_default_str()
      ->type_name("MODE")
      ->group(group);
  app.add_option("--block", flags.block, "Size of the unit of work")->group("");
}

void AddReadingOptions(CLI::App& app, Flags& flags) {
  const char* group = "Reading";
  AddRepeatable(app, "--from", flags.from,
                "Only mail from this domain and its subdomains")
      ->type_name("DOMAIN")
      ->group(group);
  AddArchiveOptions(app, flags);
  app.add_option("--shard", flags.shard,
                 "Only part I of N of all inputs; mailassay merge adds the "
                 "parts up")
      ->type_name("I/N")
      ->group(group);
}

void AddVerifyOptions(CLI::App& app, Flags& flags) {
  app.add_option("ARCHIVE", flags.inputs,
                 "mbox, maildir, .eml, a directory of these, tar or zip, "
                 "each plain or compressed; - for standard input; "
                 "FILE@OFFSET for one message of a report")
      ->required()
      ->type_name("");
  app.add_flag("--resume", flags.resume,
               "Go on with the audit in DIR that was stopped; give the same "
               "inputs and options")
      ->group("Output");
  app.add_option("--sample", flags.sample,
                 "Only so much of all mail, in evenly spaced blocks; tells "
                 "what the full run would take")
      ->type_name("N%")
      ->group("Reading");
  app.add_flag("--append", flags.append,
               "Add to the finished audit in DIR what it has not read yet")
      ->group("Output");
  app.add_flag("--custody", flags.custody,
               "SHA-256 of each file and each message, for the record; "
               "--resume compares all that was read with them")
      ->group("Output");
  AddKeyOptions(app, flags);
  AddReadingOptions(app, flags);
  AddPolicyOptions(app, flags);
  AddDuplicateOptions(app, flags);
  AddWorkOptions(app, flags);
  AddDirOptions(app, flags);
  AddStdoutOptions(app, flags);
}

void AddFetchOptions(CLI::App& app, Flags& flags) {
  app.add_option("ARCHIVE", flags.inputs,
                 "Archives, as verify takes them; the directory of a finished "
                 "audit stands for what it has read")
      ->required()
      ->type_name("");
  AddKeySources(app, flags);
  AddReadingOptions(app, flags);
  AddWorkOptions(app, flags);
  app.add_option("-o,--out", flags.keys_out,
                 "Key file to write, for --keys of verify and recheck")
      ->required()
      ->type_name("FILE")
      ->group("Output");
  app.add_flag("-q,--quiet", flags.quiet, "Errors only")->group("Output");
}

void AddHistoryOption(CLI::App& app, Flags& flags) {
  AddHistory(app, flags)->required();
}

void AddListOptions(CLI::App& app, Flags& flags) {
  app.add_option("ARCHIVE", flags.inputs,
                 "Archives as verify takes them, or one audit's directory")
      ->required()
      ->type_name("");
  AddKeyFiles(app, flags);
  AddHistory(app, flags);
  AddReadingOptions(app, flags);
  AddWorkOptions(app, flags);
}

void AddCheckOptions(CLI::App& app, Flags& flags) {
  app.add_option("ARCHIVE", flags.inputs,
                 "Archives as verify takes them, or one audit's directory; "
                 "none with --domain")
      ->type_name("");
  AddRepeatable(app, "--domain", flags.domains,
                "Only keys of (d=) this domain and its subdomains, and what "
                "it publishes beside them")
      ->type_name("DOMAIN")
      ->group("Which keys");
  AddRepeatable(app, "--selector", flags.selectors,
                "With --domain: this selector (s=), too")
      ->type_name("NAME")
      ->group("Which keys");
  AddKeySources(app, flags);
  app.add_flag("--offline", flags.offline, "Ask no DNS server")->group("Keys");
  AddReadingOptions(app, flags);
  AddWorkOptions(app, flags);
  app.add_option("--severity", flags.severity,
                 "Show findings of this weight and more: error, warning, info")
      ->capture_default_str()
      ->type_name("LEVEL")
      ->group("Output");
  app.add_flag("-q,--quiet", flags.quiet, "Findings and errors only")
      ->group("Output");
}

void AddRecoverOptions(CLI::App& app, Flags& flags) {
  app.add_option("ARCHIVE", flags.inputs,
                 "Archives, as verify takes them; the directory of a finished "
                 "audit stands for what it has read, with its answers")
      ->required()
      ->type_name("");
  AddKeyFiles(app, flags);
  AddHistory(app, flags);
  const char* group = "Which keys";
  AddRepeatable(app, "--domain", flags.domains,
                "Only of signatures by (d=) this domain and its subdomains")
      ->type_name("DOMAIN")
      ->group(group);
  app.add_option("--limit", flags.limit,
                 "Only so many names, those with most signatures")
      ->check(CLI::PositiveNumber)
      ->type_name("N")
      ->group(group);
  app.add_option("--budget", flags.budget,
                 "Begin nothing that takes longer than this, all in all: 30m, "
                 "2h")
      ->type_name("TIME")
      ->group(group);
  app.add_option("--tries", flags.tries,
                 "Pairs of signatures of a name, in a row, that may give no "
                 "key")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
  AddArchiveOptions(app, flags);
  AddWorkOptions(app, flags);
  app.add_option("-o,--out", flags.keys_out,
                 "Key file to write or to go on with, for --keys of verify and "
                 "recheck")
      ->required()
      ->type_name("FILE")
      ->group("Output");
  app.add_flag("-q,--quiet", flags.quiet, "Errors only")->group("Output");
}

absl::StatusOr<run::Options> OptionsOf(const CLI::App& command,
                                       const Flags& flags) {
  run::Options options;
  options.started_at = Now();
  for (const absl::Status& status :
       {CheckTogether(command, flags), SetTable(flags, options),
        SetJudge(flags.at, options), SetFrom(flags.from, options),
        SetSizes(flags, options), SetNumbers(flags, options),
        SetShard(flags.shard, options), SetDuplicates(flags, options),
        SetSample(command, flags.sample, options),
        SetProgress(flags.progress, options)}) {
    if (!status.ok()) return status;
  }
  options.inputs = flags.inputs;
  options.key_files = flags.key_files;
  options.strict_keys = flags.strict_keys;
  options.offline = flags.offline;
  options.resolver.servers = flags.resolvers;
  options.key_history = flags.key_history;
  options.resolver.dnssec = flags.dnssec;
  options.resolver.dnssec_anchor = flags.dnssec_anchor;
  options.keys_out = flags.keys_out;
  options.custody = flags.custody;
  options.out_dir = flags.out;
  using Existing = run::Options::Existing;
  options.existing = flags.force    ? Existing::kReplace
                     : flags.resume ? Existing::kResume
                     : flags.append ? Existing::kAppend
                                    : Existing::kRefuse;
  options.ignore_space = flags.ignore_space;
  options.all_rows = flags.rows;
  options.raw_csv = flags.raw_csv;
  options.json = flags.json;
  options.follow_links = flags.follow;
  options.quiet = flags.quiet;
  options.strict_dns = flags.strict_dns;
  return options;
}

absl::StatusOr<run::CheckOptions> CheckOptionsOf(const Flags& flags) {
  run::CheckOptions check;
  if (flags.inputs.empty() && flags.domains.empty()) {
    return absl::InvalidArgumentError(
        "keys check: which mail, or which --domain?");
  }
  if (!flags.selectors.empty() && flags.domains.empty()) {
    return Bad("--selector", "makes no sense without --domain");
  }
  if (flags.inputs.empty() && flags.offline && flags.key_files.empty() &&
      flags.key_history.empty()) {
    return Bad("--offline",
               "nobody is asked, and neither --keys nor "
               "--key-history answers");
  }
  auto domains = Domains("--domain", flags.domains);
  if (!domains.ok()) return domains.status();
  check.domains = *std::move(domains);
  auto selectors =
      Names("--selector", "selector", ParseSelector, flags.selectors);
  if (!selectors.ok()) return selectors.status();
  check.selectors = *std::move(selectors);
  auto least = Named<audit::Severity>(flags.severity, audit::SeverityName);
  if (!least) return Bad("--severity", "takes error, warning or info");
  check.least = *least;
  return check;
}

absl::StatusOr<run::RecoverOptions> RecoverOptionsOf(const Flags& flags) {
  run::RecoverOptions recover;
  auto domains = Domains("--domain", flags.domains);
  if (!domains.ok()) return domains.status();
  recover.domains = *std::move(domains);
  if (flags.limit > 0) recover.most_names = static_cast<size_t>(flags.limit);
  recover.tries = static_cast<size_t>(flags.tries);
  absl::Duration budget;
  if (flags.budget.empty()) return recover;
  if (!absl::ParseDuration(flags.budget, &budget) ||
      budget <= absl::ZeroDuration()) {
    return Bad("--budget", Concat("\"", SafeText(flags.budget),
                                  "\" is no time (examples: 90s, 30m, 2h)"));
  }
  recover.budget_seconds = absl::ToDoubleSeconds(budget);
  return recover;
}

absl::StatusOr<audit::RowFilter> FilterOf(const Flags& flags) {
  audit::RowFilter filter;
  run::Options domains;
  if (absl::Status set = SetFrom(flags.from, domains); !set.ok()) return set;
  filter.from = domains.from;
  for (const std::string& text : flags.classes) {
    auto named = Named<audit::MessageClass>(text, audit::MessageClassCode);
    if (!named) {
      return Bad("--class", Concat("no class is called \"", SafeText(text),
                                   "\"; see verdict_class in formats.md"));
    }
    filter.classes.insert(*named);
  }
  for (const std::string& text : flags.reasons) {
    auto named = Named<dkim::Reason>(text, dkim::ReasonCode);
    if (!named) {
      return Bad("--reason", Concat("no reason is called \"", SafeText(text),
                                    "\"; see reason in formats.md"));
    }
    filter.reasons.insert(*named);
  }
  auto since = Time("--since", flags.since);
  if (!since.ok()) return since.status();
  auto until = Time("--until", flags.until);
  if (!until.ok()) return until.status();
  filter.since = *since;
  filter.until = *until;
  return filter;
}

}  // namespace mailassay::cmd
