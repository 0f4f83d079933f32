// The kernels that read text, each by itself: every one this processor can run,
// on every kind of text.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/archive_writer.h"
#include "bench/body_maker.h"
#include "bench/message_maker.h"
#include "lib/dkim/body_facts_kernel.h"
#include "lib/dkim/canonical_kernel.h"
#include "lib/dkim/field_kernel.h"
#include "lib/mail/header.h"
#include "lib/mail/text_scan.h"

namespace mailassay::bench {
namespace {

using benchmark::State;
using dkim::KernelForm;

constexpr size_t kTextBytes = 256 << 10;  // stays in L2
constexpr size_t kBufferBytes = 16 << 10;

struct Text {
  std::string_view name;
  std::string octets;
};

// CRLF text of each kind, then the same with LF.
const std::vector<Text>& Texts() {
  static const std::vector<Text> texts = [] {
    std::vector<Text> made;
    const auto add = [&made](std::string_view name, const auto& append) {
      Random random(1);
      made.push_back({name, ""});
      append(random, kTextBytes, made.back().octets);
    };
    add("text_crlf", AppendTextLines);
    add("quoted_printable_crlf", AppendQuotedPrintable);
    add("base64_crlf", AppendBase64);
    for (const std::string_view name :
         {"text_lf", "quoted_printable_lf", "base64_lf"}) {
      const std::string& crlf = made[made.size() - 3].octets;
      made.push_back({name, Stored(ArchiveFormat::kMaildir, crlf)});
    }
    return made;
  }();
  return texts;
}

void CanonicalRun(State& state, dkim::CanonicalKernel* kernel, KernelForm form,
                  const std::string& text) {
  const auto buffer =
      std::make_unique<char[]>(kBufferBytes + dkim::kKernelSlack);
  for (auto _ : state) {
    dkim::KernelRun run{.in = text.data(),
                        .in_end = text.data() + text.size(),
                        .out = nullptr,
                        .out_end = buffer.get() + kBufferBytes};
    while (run.in < run.in_end) {
      run.out = buffer.get();
      kernel(form, run);
      benchmark::DoNotOptimize(run.out);
      benchmark::ClobberMemory();
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) *
                          state.iterations());
}

void SeeOctets(State& state, dkim::FactsKernel* kernel,
               const std::string& text) {
  constexpr size_t kPiece = 32 << 10;  // as BodyFacts gets them
  for (auto _ : state) {
    dkim::SeenOctets seen;
    for (size_t at = 0; at < text.size(); at += kPiece) {
      kernel(text.data() + at, std::min(kPiece, text.size() - at), 'x', seen);
    }
    benchmark::DoNotOptimize(seen);
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) *
                          state.iterations());
}

void FindText(State& state, mail::TextScan* kernel, const std::string& text) {
  const char* const end = text.data() + text.size();
  for (auto _ : state) {
    const char* p = text.data();
    while (p < end) p = std::min(kernel(p, end, "From ") + 1, end);
    benchmark::DoNotOptimize(p);
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) *
                          state.iterations());
}

// The header of a made message, CRLF and LF.
const std::vector<Text>& Headers() {
  static const std::vector<Text> headers = [] {
    const MessageMaker maker({.seed = 1});
    std::string text = maker.Make(0).text;
    text.resize(mail::FindHeaderEnd(text).value());
    return std::vector<Text>{
        {"header_crlf", text},
        {"header_lf", Stored(ArchiveFormat::kMaildir, text)}};
  }();
  return headers;
}

// The values of all fields, one behind the other.
void RelaxFields(State& state, dkim::FieldKernel* kernel,
                 const std::string& text) {
  const mail::Header header = mail::ParseHeader(text, 5000);
  const auto buffer = std::make_unique<char[]>(text.size() + dkim::kFieldSlack);
  for (auto _ : state) {
    char* out = buffer.get();
    for (const mail::HeaderField& field : header.fields) {
      const std::string_view value = field.value();
      bool after_wsp = true;
      out = kernel(value.data(), value.size(), out, after_wsp);
    }
    benchmark::DoNotOptimize(out);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) *
                          state.iterations());
}

template <typename Kernels, typename Run>
void RegisterEach(const Kernels& kernels, const Text& text,
                  std::string_view what, const Run& run) {
  for (const auto& kernel : kernels.Supported()) {
    const std::string name = std::string(kernels.name()) + "/" +
                             std::string(NameOf(kernel.level)) + "/" +
                             std::string(what) + std::string(text.name);
    benchmark::RegisterBenchmark(
        name.c_str(), [kernel, run](State& state) { run(state, kernel.run); });
  }
}

// Called before main.
bool RegisterAll() {
  for (const Text& text : Texts()) {
    const bool lf = text.name.ends_with("_lf");
    const auto canonical = [&text](KernelForm form) {
      return [&text, form](State& state, dkim::CanonicalKernel* kernel) {
        CanonicalRun(state, kernel, form, text.octets);
      };
    };
    RegisterEach(
        dkim::kCanonicalKernels, text, "relaxed_",
        canonical(lf ? KernelForm::kRelaxedLf : KernelForm::kRelaxedCrlf));
    if (lf) {
      RegisterEach(dkim::kCanonicalKernels, text, "simple_",
                   canonical(KernelForm::kSimpleLf));
    }
    RegisterEach(dkim::kFactsKernels, text, "",
                 [&text](State& state, dkim::FactsKernel* kernel) {
                   SeeOctets(state, kernel, text.octets);
                 });
    RegisterEach(mail::kTextScans, text, "",
                 [&text](State& state, mail::TextScan* kernel) {
                   FindText(state, kernel, text.octets);
                 });
  }
  for (const Text& text : Headers()) {
    RegisterEach(dkim::kFieldKernels, text, "",
                 [&text](State& state, dkim::FieldKernel* kernel) {
                   RelaxFields(state, kernel, text.octets);
                 });
  }
  return true;
}

[[maybe_unused]] const bool registered = RegisterAll();

}  // namespace
}  // namespace mailassay::bench
