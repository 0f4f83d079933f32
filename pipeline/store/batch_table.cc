#include "pipeline/store/batch_table.h"

#include <utility>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/store/seal.h"

namespace mailassay::store {
namespace {

std::string PartSeal(std::string_view before, std::string_view facts,
                     std::string_view notes,
                     const std::optional<source::Position>& next) {
  const std::string place =
      next ? Concat(next->file, " ", next->member, " ", next->offset) : "";
  return Seal({before, facts, notes, place});
}

}  // namespace

absl::StatusOr<BatchWriter> BatchWriter::Open(Database& database,
                                              std::string last_seal) {
  auto insert = database.Prepare(
      "INSERT INTO batch(facts, notes, file, member, position, seal) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  if (!insert.ok()) return insert.status();
  return BatchWriter(*std::move(insert), std::move(last_seal));
}

absl::Status BatchWriter::Add(std::string_view facts, std::string_view notes,
                              const std::optional<source::Position>& next) {
  std::string seal = PartSeal(seal_, facts, notes, next);
  insert_.BindBlob(1, facts);
  insert_.BindBlob(2, notes);
  if (next) {
    insert_.Bind(3, static_cast<int64_t>(next->file));
    insert_.Bind(4, static_cast<int64_t>(next->member));
    insert_.Bind(5, static_cast<int64_t>(next->offset));
  } else {
    for (int column : {3, 4, 5}) insert_.BindNull(column);
  }
  insert_.BindBlob(6, seal);
  absl::Status done = insert_.Run();
  seal_ = std::move(seal);
  return done;
}

// The columns as the schema has them, the id first: the row's own.
absl::Status BatchFiller::Add(std::string_view facts, std::string_view notes,
                              const std::optional<source::Position>& next) {
  using audit::Cell;
  const auto number = [&](uint64_t source::Position::*part) {
    if (!next) return Cell();
    return Cell{.type = Cell::Type::kInteger,
                .integer = static_cast<int64_t>((*next).*part),
                .octets = {}};
  };
  const auto blob = [](std::string_view octets) {
    return Cell{.type = Cell::Type::kBlob, .octets = octets};
  };
  seal_ = PartSeal(seal_, facts, notes, next);
  row_.Clear();
  for (const Cell& cell :
       {Cell(), blob(facts), blob(notes), number(&source::Position::file),
        number(&source::Position::member), number(&source::Position::offset),
        blob(seal_)}) {
    row_.Add(cell);
  }
  return table_->Add(++rows_, row_);
}

absl::StatusOr<BatchReader> BatchReader::Open(const Database& database) {
  // A row a call, not one long statement: it must not hold off a checkpoint.
  auto select = database.Prepare(
      "SELECT id, facts, notes, file, member, position, seal FROM batch "
      "WHERE id > ?1 ORDER BY id LIMIT 1");
  if (!select.ok()) return select.status();
  return BatchReader(database, *std::move(select));
}

absl::StatusOr<std::optional<Part>> BatchReader::Next() {
  select_.Bind(1, last_);
  auto row = select_.Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  Part part{.id = select_.Integer(0),
            .facts = std::string(select_.Text(1)),
            .notes = std::string(select_.Text(2)),
            .next = std::nullopt};
  if (!select_.IsNull(3)) {
    part.next = {static_cast<uint64_t>(select_.Integer(3)),
                 static_cast<uint64_t>(select_.Integer(4)),
                 static_cast<uint64_t>(select_.Integer(5))};
  }
  const std::string seal(select_.Text(6));
  select_.Reset();
  const std::string expected =
      PartSeal(seal_, part.facts, part.notes, part.next);
  // Ids that do not rise would never come to an end.
  if (part.id <= last_ || seal != expected) {
    return absl::DataLossError(
        Concat(SafeText(database_->path()), ": batch ", part.id,
               " is not as it was written; the file is damaged"));
  }
  last_ = part.id;
  seal_ = seal;
  return part;
}

}  // namespace mailassay::store
