// The JSON documents.  Every text from outside goes through SafeText, so that
// the documents are valid UTF-8 and safe on a terminal.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "lib/audit/finding_list.h"
#include "lib/audit/summary.h"
#include "lib/audit/top.h"
#include "lib/base/safe_text.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kFindings = 10;
constexpr size_t kTextColumns = 96;

Json SafeList(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(SafeText(text));
  return list;
}

// Counts of an enumeration by name; names without a count left out.
template <typename Member, typename Counts, typename Name>
Json ByName(const Counts& counts, Name name) {
  Json object = Json::object();
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    object[std::string(name(static_cast<Member>(i)))] = counts[i];
  }
  return object;
}

Json ClassesOf(const Totals& totals) {
  Json object = Json::object();
  for (size_t i = 0; i < totals.classes.size(); ++i) {
    const auto c = static_cast<MessageClass>(i);
    object[std::string(MessageClassCode(c))] = totals.classes[i];
  }
  return object;
}

// Without those in which nothing is wrong.
Json CausesOf(const Totals& totals) {
  auto causes = totals.causes;
  causes[static_cast<size_t>(dkim::Cause::kNone)] = 0;
  return ByName<dkim::Cause>(causes, dkim::CauseName);
}

Json ReasonsOf(const Totals& totals) {
  Json list = Json::array();
  for (const auto& [key, count] : totals.reasons) {
    if (key.second == dkim::Reason::kOk) continue;
    list.push_back({{"class", MessageClassCode(key.first)},
                    {"reason", dkim::ReasonCode(key.second)},
                    {"count", count.count},
                    {"example", SafeText(count.example.place)}});
  }
  return list;
}

Json FindingsOf(const FindingList& listed) {
  Json list = Json::array();
  for (const auto& [text, finding] : listed.entries) {
    Json entry = {{"code", text.code},
                  {"subject", text.subject},
                  {"count", finding.count}};
    if (finding.first_at) {
      entry["first_at"] = mail::FormatTime(*finding.first_at);
      entry["last_at"] = mail::FormatTime(*finding.last_at);
    }
    entry["text"] = text.what;
    entry["hint"] = text.hint;
    entry["example"] = SafeText(finding.example.place);
    list.push_back(std::move(entry));
  }
  return list;
}

Json KeyFindingsOf(const KeyFindingSums& sums) {
  Json list = Json::array();
  for (const KeyFinding& finding : sums.worst) {
    list.push_back({{"code", KeyFaultCode(finding.fault)},
                    {"severity", SeverityName(finding.severity)},
                    {"header_d", SafeText(finding.domain)},
                    {"header_s", SafeText(finding.selector)},
                    {"messages", finding.messages},
                    {"detail", SafeText(finding.detail)},
                    {"fix", SafeText(finding.fix)},
                    {"example", SafeText(finding.example)}});
  }
  return list;
}

Json ErrorsOf(const Ledger& ledger) {
  Json list = Json::array();
  for (const Ledger::ErrorCount& error : ledger.errors()) {
    Json entry = {{"code", ErrorCodeName(error.code)}};
    if (!error.kind.empty()) entry["kind"] = SafeText(error.kind);
    entry["count"] = error.count;
    entry["first_file"] = SafeText(error.first.file);
    entry["first_offset"] = error.first.offset;
    entry["first_text"] = SafeText(error.first.text);
    list.push_back(std::move(entry));
  }
  return list;
}

Json SampleOf(const SampleFacts& sample) {
  return {{"percent", std::strtod(sample.percent.c_str(), nullptr)},
          {"bytes", sample.bytes},
          {"of_bytes", sample.of_bytes},
          {"of_bytes_estimated", sample.about}};
}

Json EstimateOf(const Estimate& estimate, uint64_t messages) {
  Json object = Json::object();
  if (estimate.seconds) object["seconds"] = *estimate.seconds;
  object["disk_bytes"] = estimate.disk_bytes;
  object["disk_bytes_until_finished"] =
      estimate.disk_bytes + estimate.spare_bytes;
  object["from_messages"] = messages;
  return object;
}

Json TotalsOf(Ledger& ledger, const RunFacts& run) {
  const Totals& totals = ledger.totals();
  const FindingList findings = ListFindings(ledger, kFindings, kTextColumns);
  Json document = {
      {"partial", run.partial},
      {"judged_at", SafeText(run.judged_at)},
      {"messages", totals.messages},
      {"message_bytes", totals.message_bytes},
      {"signatures", totals.signatures},
      {"aligned_strict", totals.aligned_strict},
      {"aligned_repaired", totals.aligned_repaired},
      {"via_list", totals.via_list},
      {"duplicates", totals.duplicates},
      {"messages_with_attached", totals.carriers},
      {"attached_messages", totals.attached_messages},
      {"filtered_out", run.filtered_out},
      {"classes", ClassesOf(totals)},
      {"reasons", ReasonsOf(totals)},
      {"signature_reasons",
       ByName<dkim::Reason>(totals.signature_reasons, dkim::ReasonCode)},
      {"flags", ByName<dkim::Flag>(totals.flags, dkim::FlagName)},
      {"anomalies", ByName<mail::Anomaly>(totals.anomalies, mail::AnomalyName)},
      {"causes", CausesOf(totals)},
      {"unsigned_traces",
       ByName<mail::Trace>(totals.unsigned_traces, mail::TraceName)},
      {"recovered_signatures", totals.recovered},
      {"senders", TopSenders(ledger, 0).all},
      {"findings", FindingsOf(findings)},
      {"findings_all", findings.all},
      {"key_findings", KeyFindingsOf(run.key_findings)},
      {"key_findings_all", run.key_findings.all()},
      {"errors", ErrorsOf(ledger)},
  };
  if (run.sample) document["sample"] = SampleOf(*run.sample);
  return document;
}

// P7: what was found and what lies between adds up to what was read.
Json AccountingOf(const Totals& totals, const RunFacts& run) {
  Json books = {{"input_bytes", run.input_bytes}};
  if (run.total_bytes > 0) books["total_bytes"] = run.total_bytes;
  books["messages"] = run.books ? run.books->messages : totals.messages;
  books["signatures"] = totals.signatures;
  books["message_bytes"] =
      run.books ? run.books->message_bytes : totals.message_bytes;
  if (!run.books) return books;
  books["stream_bytes"] = run.books->stream_bytes;
  Json gaps = Json::object();
  for (size_t i = 0; i < Books::kGaps; ++i) {
    const auto gap = static_cast<Gap>(i);
    if ((*run.books)[gap] > 0)
      gaps[std::string(GapName(gap))] = (*run.books)[gap];
  }
  books["gap_bytes"] = std::move(gaps);
  books["passed_from_lines"] = run.books->passed_lines;
  books["balanced"] = run.books->balanced();
  return books;
}

Json RunOf(const RunFacts& run, const RunSettings& settings) {
  Json limits = Json::object();
  for (const auto& [name, value] : settings.limits) limits[name] = value;
  const std::string& list = settings.public_suffix_list;
  return {
      {"program", "mailassay"},
      {"version", SafeText(settings.version)},
      {"options", SafeList(settings.options)},
      {"inputs", SafeList(run.inputs)},
      {"from", SafeList(run.from_filter)},
      {"evaluation_time", SafeText(run.judged_at)},
      {"keys", SafeText(run.keys)},
      {"key_sources", SafeList(settings.key_sources)},
      {"names_asked", run.names_asked},
      {"public_suffix_list",
       {{"path", list.empty() ? "built in" : SafeText(list)},
        {"sha256", SafeText(settings.public_suffix_list_sha256)}}},
      {"limits", std::move(limits)},
      {"jobs", run.jobs},
      {"seconds", run.seconds},
      {"seconds_reading", run.reading_seconds},
      {"saved", SafeList(run.saved)},
      {"notes", SafeList(run.notes)},
  };
}

std::string Text(const Json& document) { return document.dump(2) + "\n"; }

}  // namespace

std::string TotalsJson(Ledger& ledger, const RunFacts& run) {
  return Text(TotalsOf(ledger, run));
}

std::string RunJson(Ledger& ledger, const RunFacts& run,
                    const RunSettings& settings) {
  Json document = RunOf(run, settings);
  if (run.sample) {
    Json sample = SampleOf(*run.sample);
    const auto& estimate = run.sample->estimate;
    if (estimate && !run.partial && ledger.totals().messages > 0) {
      sample["full_run"] = EstimateOf(*estimate, ledger.totals().messages);
    }
    document["sample"] = std::move(sample);
  }
  document["accounting"] = AccountingOf(ledger.totals(), run);
  document["totals"] = TotalsOf(ledger, run);
  return Text(document);
}

}  // namespace mailassay::audit
