#include "pipeline/store/query_views.h"

#include <string_view>

#include "lib/audit/columns.h"
#include "lib/base/concat.h"

namespace mailassay::store {
namespace {

using audit::Column;
using audit::Table;

// The indexes serve what is looked for by hand: a sender, one message, a
// message's signatures.  Each costs about 1 us a row to make and a pass over
// its table, so what sums up classes or selectors reads the table instead.
constexpr std::string_view kIndexes = R"(
CREATE INDEX signature_by_message ON signature (message);
CREATE INDEX message_by_sender ON message (header_from);
CREATE INDEX message_by_message_id ON message (message_id);
)";

// A column of a CSV file that no record holds.
struct Derived {
  std::string_view name;
  std::string_view sql;
};
constexpr Derived kOfMessages[] = {
    {"file", "i.file"},
    {"part_path", "NULL"},
    {"archive", "i.archive"},
    {"format", "i.format"},
    {"dkim", "ifnull(r.result, 'none')"},
    {"dkim_aligned", "m.verdict_class = 'verified_aligned'"},
};
constexpr Derived kOfSignatures[] = {
    {"file", "i.file"},
    {"offset", "m.offset"},
    {"part_path", "NULL"},
    {"kind", "'dkim'"},
    {"result", "r.result"},
    {"human_result", "r.sentence"},
    {"evaluated_at", "m.evaluated_at"},
    {"key_id", "nullif(lower(hex(s.key_id)), '')"},
};
constexpr Derived kOfKeys[] = {
    {"key_id", "nullif(lower(hex(k.key_id)), '')"},
};
constexpr Derived kOfErrors[] = {
    {"part_path", "NULL"},
};

// "sql AS name, ..." of a CSV file's columns, `from` being the table's alias.
std::string Select(Table table, std::string_view from,
                   std::span<const Derived> derived) {
  std::string list;
  for (const Column& column : audit::ColumnsOf(table)) {
    if (!column.in_csv()) continue;
    std::string sql = Concat(from, ".", column.name);
    for (const Derived& other : derived) {
      if (other.name == column.name) {
        sql = Concat(other.sql, " AS ", column.name);
      }
    }
    list += (list.empty() ? "\n  " : ",\n  ") + sql;
  }
  return list;
}

// Behind the columns of signatures.csv.
std::string SelectEvidence() {
  std::string list;
  for (const Column& column : audit::ColumnsOf(Table::kSignatures)) {
    if (!column.in_csv()) list += Concat(",\n  s.", column.name);
  }
  return list;
}

std::string CreateView(std::string_view name, std::string_view comment,
                       std::string_view select) {
  return Concat("CREATE VIEW ", name, " AS  -- ", comment, "\n", select, ";\n");
}

// Outer joins: no row is ever lost, and a table that a query does not look at
// is not read.
constexpr std::string_view kFromMessage = R"(
FROM message AS m
LEFT JOIN input AS i ON i.id = m.input
LEFT JOIN reason AS r ON r.code = m.reason)";
constexpr std::string_view kFromSignature = R"(
FROM signature AS s
LEFT JOIN message AS m ON m.id = s.message
LEFT JOIN input AS i ON i.id = m.input
LEFT JOIN reason AS r ON r.code = s.reason)";
constexpr std::string_view kExceptions = R"(
WHERE m.verdict_class IN ('refused', 'broken', 'unjudged')
ORDER BY m.id)";

std::string ViewsOfCsv() {
  const std::string messages = Concat(
      "SELECT", Select(Table::kMessages, "m", kOfMessages), kFromMessage);
  return CreateView("messages", "as messages.csv", messages) +
         CreateView("exceptions", "as exceptions.csv",
                    messages + std::string(kExceptions)) +
         CreateView(
             "signatures", "as signatures.csv, and the evidence",
             Concat("SELECT", Select(Table::kSignatures, "s", kOfSignatures),
                    SelectEvidence(), kFromSignature)) +
         CreateView("senders", "as senders.csv",
                    Concat("SELECT", Select(Table::kSenders, "s", {}),
                           "\nFROM sender AS s")) +
         CreateView("keys", "as keys.csv",
                    Concat("SELECT", Select(Table::kKeys, "k", kOfKeys),
                           "\nFROM key AS k")) +
         CreateView("key_findings", "as key_findings.csv",
                    Concat("SELECT", Select(Table::kKeyFindings, "f", {}),
                           "\nFROM key_finding AS f")) +
         CreateView("errors", "as errors.csv",
                    Concat("SELECT", Select(Table::kErrors, "e", kOfErrors),
                           "\nFROM error AS e"));
}

constexpr std::string_view kViewsOfQuestions = R"(
CREATE VIEW classes AS  -- messages by class and reason
SELECT c.verdict_class, c.reason, r.result, c.messages,
  round(100.0 * c.messages / sum(c.messages) OVER (), 2) AS percent,
  r.sentence AS human_result,
  i.file || '@' || m.offset AS example  -- the first
FROM (SELECT verdict_class, reason, count(*) AS messages, min(id) AS first
      FROM message GROUP BY verdict_class, reason) AS c
JOIN message AS m ON m.id = c.first
LEFT JOIN input AS i ON i.id = m.input
LEFT JOIN reason AS r ON r.code = c.reason
ORDER BY c.messages DESC, c.verdict_class, c.reason;

CREATE VIEW failures_by_sender AS  -- refused, broken and unjudged messages
SELECT f.header_from, f.verdict_class, f.reason, f.messages,
  s.count AS all_messages,  -- of the sender
  f.first_seen, f.last_seen,
  i.file || '@' || m.offset AS example  -- the first
FROM (SELECT header_from, verdict_class, reason, count(*) AS messages,
        min(received_at) AS first_seen, max(received_at) AS last_seen,
        min(id) AS first
      FROM message
      WHERE verdict_class IN ('refused', 'broken', 'unjudged')
      GROUP BY header_from, verdict_class, reason) AS f
JOIN message AS m ON m.id = f.first
LEFT JOIN input AS i ON i.id = m.input
LEFT JOIN sender AS s ON s.header_from IS f.header_from
ORDER BY f.messages DESC, f.header_from, f.verdict_class, f.reason;

CREATE VIEW unaligned_senders AS  -- verified, but not by the author's domain
SELECT header_from, dkim_domain, count(*) AS messages,
  min(received_at) AS first_seen, max(received_at) AS last_seen
FROM message
WHERE verdict_class = 'verified_unaligned'
GROUP BY header_from, dkim_domain
ORDER BY messages DESC, header_from, dkim_domain;

CREATE VIEW keys_missing AS  -- names under which there is no key
SELECT k.header_s || '._domainkey.' || k.header_d AS name, k.status,
  k.count AS signatures,
  s.messages, k.first_mail_at AS first_seen, k.last_mail_at AS last_seen,
  k.example
FROM key AS k
LEFT JOIN (SELECT header_d, header_s, count(DISTINCT message) AS messages
           FROM signature GROUP BY header_d, header_s) AS s
  ON s.header_d = k.header_d AND s.header_s = k.header_s
WHERE k.key_id IS NULL
ORDER BY signatures DESC, name;

CREATE VIEW signatures_without_key AS  -- no key decided
SELECT i.file, m.offset, s.sig_index,
  s.header_s || '._domainkey.' || s.header_d AS name,
  r.result, s.reason, s.body, m.header_from, m.received_at, s.message
FROM signature AS s
LEFT JOIN message AS m ON m.id = s.message
LEFT JOIN input AS i ON i.id = m.input
LEFT JOIN reason AS r ON r.code = s.reason
WHERE s.key_id IS NULL;

CREATE VIEW timeline AS  -- messages by month of receipt (UTC) and class
SELECT substr(received_at, 1, 7) AS month, count(*) AS messages,
  sum(verdict_class = 'verified_aligned') AS verified_aligned,
  sum(verdict_class = 'verified_unaligned') AS verified_unaligned,
  sum(verdict_class = 'refused') AS refused,
  sum(verdict_class = 'broken') AS broken,
  sum(verdict_class = 'body_changed_key_unknown')
    AS body_changed_key_unknown,
  sum(verdict_class = 'unjudged') AS unjudged,
  sum(verdict_class = 'unsigned') AS unsigned,
  sum(verdict_class = 'never_sent') AS never_sent
FROM message
GROUP BY month
ORDER BY month;

CREATE VIEW spans AS  -- where each message lies
SELECT i.file, m.offset, m.length, m.id AS message
FROM message AS m
LEFT JOIN input AS i ON i.id = m.input;

CREATE VIEW gaps AS  -- what lies between the messages of each input
SELECT i.file, g.behind AS offset, g.before - g.behind AS length
FROM (SELECT input, offset AS before,
        lag(offset + length, 1, 0) OVER by_place AS behind
      FROM message WINDOW by_place AS (PARTITION BY input ORDER BY offset)
      UNION ALL
      SELECT input.id, input.stream_bytes, ifnull(last.behind, 0)
      FROM input
      LEFT JOIN (SELECT input, max(offset + length) AS behind
                 FROM message GROUP BY input) AS last
        ON last.input = input.id) AS g
JOIN input AS i ON i.id = g.input
WHERE g.before > g.behind
ORDER BY i.id, g.behind;
)";

std::string ViewsOfInputs(std::span<const std::string_view> gap_names) {
  std::string gaps;
  std::string sum = "message_bytes";
  for (const std::string_view name : gap_names) {
    gaps += Concat(", gap_", name);
    sum += Concat(" + gap_", name);
  }
  return CreateView(
             "inputs", "what was read",
             Concat("SELECT i.id, i.file, archive, format, stored_bytes, "
                    "modified,\n  stream_bytes, messages, "
                    "message_bytes",
                    gaps,
                    ",\n  nullif(lower(hex(h.sha256)), '') AS sha256\n"
                    "FROM input AS i LEFT JOIN file_hash AS h "
                    "ON h.id = i.id >> 32")) +
         CreateView("accounting", "0 octets are unaccounted for",
                    Concat("SELECT file, stream_bytes, messages, "
                           "message_bytes",
                           gaps, ",\n  stream_bytes - (", sum,
                           ") AS unaccounted\nFROM input"));
}

}  // namespace

std::string CreateIndexes() { return std::string(kIndexes); }

std::string CreateViews(std::span<const std::string_view> gap_names) {
  return ViewsOfCsv() + std::string(kViewsOfQuestions) +
         ViewsOfInputs(gap_names);
}

}  // namespace mailassay::store
