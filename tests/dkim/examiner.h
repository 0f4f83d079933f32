// HeaderExaminer and BodyExaminer one after the other, as one object.
//
//   Examiner examiner(options);
//   examiner.Begin(header, ...);     // parses, selects and hashes headers
//   examiner.Feed(body_bytes);       // any pieces
//   std::vector<Evidence> e = examiner.Finish();
#pragma once

#include <string_view>
#include <vector>

#include "lib/dkim/body_examiner.h"
#include "lib/dkim/evidence.h"
#include "lib/dkim/header_examiner.h"
#include "lib/mail/header.h"
#include "tests/base/keep.h"

namespace mailassay::dkim {

class Examiner {
 public:
  explicit Examiner(const ExamineLimits& limits,
                    BodyReadings::Blanks blanks = BodyReadings::Blanks::kPlain)
      : header_(limits), blanks_(blanks) {}

  // As HeaderExaminer::Examine.
  void Begin(const mail::Header& header, std::string_view author_domain,
             Reason whole_limit) {
    evidence_ =
        header_.Examine(header, author_domain, whole_limit, KeptTexts());
    body_.Begin(evidence_, header.line_ends, blanks_);
  }
  // Also of a message without signatures: the facts come from it.
  void Feed(std::string_view body) { body_.Feed(body); }
  // The message turned out to be over a limit (kLimitMessage): all evidence
  // not yet complete gets it.
  void Abandon(Reason limit) { body_.Abandon(evidence_, limit); }
  // One Evidence a DKIM-Signature field, topmost first.
  std::vector<Evidence> Finish() {
    body_.Finish(evidence_);
    return std::move(evidence_);
  }

  // Of the body fed since Begin.
  const BodyFacts& body_facts() const { return body_.facts(); }

 private:
  HeaderExaminer header_;
  BodyReadings::Blanks blanks_;
  BodyExaminer body_;
  std::vector<Evidence> evidence_;
};

}  // namespace mailassay::dkim
