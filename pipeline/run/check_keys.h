// What is wrong with the keys of the domains that signed, or that are named:
// the key findings of an audit, and what shows only when more is asked: the
// selectors that a domain does publish, wildcards, CNAMEs beside records.
#pragma once

#include <string>
#include <vector>

#include "lib/audit/key_fault.h"
#include "pipeline/run/options.h"

namespace mailassay::run {

struct CheckOptions {
  // Only these and their subdomains, as lower-case A-labels; they are checked
  // though no mail shows them.  Empty: all of the mail.
  std::vector<std::string> domains;
  std::vector<std::string> selectors;  // to ask of each of `domains`, too
  audit::Severity least = audit::Severity::kInfo;  // of findings to show
  bool brief = false;                              // a line a finding
  bool csv = false;                                // as key_findings.csv
};

// options.inputs: as Look takes them; none: `domains` alone.  Gives the exit
// code: kGateFailed when an error is found, shown or not.
int CheckKeys(const CheckOptions& check, Options options);

}  // namespace mailassay::run
