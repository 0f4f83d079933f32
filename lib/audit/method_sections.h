// The sections of method.txt, in the order of the page; see method.h.
#pragma once

#include <string>
#include <string_view>

#include "lib/audit/ledger.h"
#include "lib/audit/method.h"
#include "lib/audit/method_page.h"
#include "lib/audit/summary.h"

namespace mailassay::audit {

// method_reading.cc: what was read, what adds up, what was not read.
void PutInputs(const RunFacts& run, const MethodFacts& method, Page* page);
void PutAccounting(const RunFacts& run, Page* page);
void PutNotRead(const Ledger& ledger, const RunFacts& run,
                const RunSettings& settings, Page* page);

// method_verdicts.cc: what the verdicts mean, and by which rules they are made.
void PutClasses(Ledger& ledger, const RunFacts& run, Page* page);
void PutRules(const RunFacts& run, const MethodFacts& method, Page* page);

// method_keys.cc: where the keys came from.
void PutKeys(Ledger& ledger, const RunFacts& run, const MethodFacts& method,
             Page* page);

// method_repeat.cc: the commands that make the audit again.
void PutRepeat(const RunFacts& run, const RunSettings& settings,
               const MethodFacts& method, Page* page);

// Tables of a sample have names of their own.
std::string FileName(const RunFacts& run, std::string_view name);

}  // namespace mailassay::audit
