#include "pipeline/store/table_tree.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace mailassay::store {
namespace {

constexpr char kLeaf = 0x0d;
constexpr char kInner = 0x05;
constexpr size_t kLeafHeader = 8;
constexpr size_t kInnerHeader = 12;
constexpr size_t kPointer = 2;  // to a cell
constexpr size_t kPageNumber = 4;

// Cells that an inner page has room for, whatever their rowids are.
size_t InnerCells(size_t page_bytes) {
  return (page_bytes - kInnerHeader) / (kPageNumber + kMaxSqlVarint + kPointer);
}

// The beginning of a page: type, freeblocks, cells, content, fragments.
void PutHeader(char type, size_t cells, size_t content, char* page) {
  page[0] = type;
  PutSqlNumber(0, 2, page + 1);
  PutSqlNumber(cells, 2, page + 3);
  PutSqlNumber(content, 2, page + 5);  // 65,536 as 0
  page[7] = 0;
}

}  // namespace

TableTree::TableTree(PageFile* file, uint32_t root)
    : file_(file),
      root_(root),
      leaf_(file->page_bytes(), '\0'),
      content_(file->page_bytes()) {}

absl::Status TableTree::Add(int64_t rowid, const SqlRecord& record) {
  if (last_ && rowid <= *last_)
    return absl::InternalError("rows that do not rise");
  const size_t size = record.size();
  const size_t local = LocalSize(size);
  // Two varints, and where the rest lies.
  const size_t most = 2 * kMaxSqlVarint + local + kPageNumber;
  if (kLeafHeader + (cells_ + 1) * kPointer + most > content_ && cells_ > 0) {
    CloseLeaf();
  }
  AddCell(rowid, record, local);
  last_ = rowid;
  return file_->status();
}

// How many octets of a record stand in the leaf; the others are in overflow
// pages: https://www.sqlite.org/fileformat2.html#cell_payload.
size_t TableTree::LocalSize(size_t record) const {
  const size_t usable = file_->page_bytes();
  if (record <= usable - 35) return record;
  const size_t least = (usable - 12) * 32 / 255 - 23;
  const size_t local = least + (record - least) % (usable - kPageNumber);
  return local <= usable - 35 ? local : least;
}

void TableTree::AddCell(int64_t rowid, const SqlRecord& record, size_t local) {
  std::array<char, 2 * kMaxSqlVarint> head;
  char* end = WriteSqlVarint(record.size(), head.data());
  end = WriteSqlVarint(static_cast<uint64_t>(rowid), end);
  const auto head_size = static_cast<size_t>(end - head.data());
  const bool is_long = local < record.size();
  content_ -= head_size + local + (is_long ? kPageNumber : 0);
  char* const cell = leaf_.data() + content_;
  std::memcpy(cell, head.data(), head_size);
  if (is_long) {
    WriteLong(record, local, cell + head_size);
  } else {
    record.Write(cell + head_size);
  }
  PutSqlNumber(content_, kPointer,
               leaf_.data() + kLeafHeader + cells_ * kPointer);
  ++cells_;
}

// What stands in the leaf, and the chain of overflow pages with the rest: each
// begins with the number of the next.
void TableTree::WriteLong(const SqlRecord& record, size_t local, char* out) {
  long_.resize(record.size());
  record.Write(long_.data());
  std::memcpy(out, long_.data(), local);
  PutSqlNumber(file_->next(), kPageNumber, out + local);
  std::string page;
  const size_t room = file_->page_bytes() - kPageNumber;
  for (size_t at = local; at < long_.size(); at += room) {
    const size_t size = std::min(room, long_.size() - at);
    const bool last = at + size == long_.size();
    page.assign(file_->page_bytes(), '\0');
    PutSqlNumber(last ? 0 : file_->Behind(file_->next()), kPageNumber,
                 page.data());
    std::memcpy(page.data() + kPageNumber, long_.data() + at, size);
    file_->Append(page.data());
  }
}

// Nothing of an earlier page is left between its pointers and its cells.
const std::string& TableTree::FinishedLeaf() {
  PutHeader(kLeaf, cells_, content_, leaf_.data());
  const size_t pointers = kLeafHeader + cells_ * kPointer;
  std::memset(leaf_.data() + pointers, 0, content_ - pointers);
  return leaf_;
}

void TableTree::CloseLeaf() {
  const uint32_t page = file_->Append(FinishedLeaf().data());
  cells_ = 0;
  content_ = leaf_.size();
  AddChild(0, {page, *last_});
}

// An inner page needs two children, so two are left when it is written.
void TableTree::AddChild(size_t level, Child child) {
  if (level == levels_.size()) levels_.emplace_back();
  std::vector<Child>& children = levels_[level];
  children.push_back(child);
  const size_t enough = InnerCells(file_->page_bytes());
  if (children.size() < enough + 2) return;
  const auto end = children.begin() + static_cast<ptrdiff_t>(enough);
  const uint32_t page =
      file_->Append(MakeInner({children.begin(), end}).data());
  const int64_t last = (end - 1)->last;
  children.erase(children.begin(), end);
  AddChild(level + 1, {page, last});
}

// Each cell has a child and the last rowid below it; the last child stands in
// the header.
const std::string& TableTree::MakeInner(std::span<const Child> children) {
  inner_.assign(file_->page_bytes(), '\0');
  size_t content = inner_.size();
  for (size_t i = 0; i + 1 < children.size(); ++i) {
    std::array<char, kPageNumber + kMaxSqlVarint> cell;
    PutSqlNumber(children[i].page, kPageNumber, cell.data());
    const char* const end = WriteSqlVarint(
        static_cast<uint64_t>(children[i].last), cell.data() + kPageNumber);
    const auto size = static_cast<size_t>(end - cell.data());
    content -= size;
    std::memcpy(inner_.data() + content, cell.data(), size);
    PutSqlNumber(content, kPointer,
                 inner_.data() + kInnerHeader + i * kPointer);
  }
  PutHeader(kInner, children.size() - 1, content, inner_.data());
  PutSqlNumber(children.back().page, kPageNumber, inner_.data() + 8);
  return inner_;
}

void TableTree::Finish() {
  if (levels_.empty()) {
    if (cells_ > 0) file_->Put(root_, FinishedLeaf().data());
    return;
  }
  CloseLeaf();
  size_t level = 0;
  for (; level + 1 < levels_.size(); ++level) {
    const std::vector<Child> children = std::move(levels_[level]);
    const uint32_t page = file_->Append(MakeInner(children).data());
    AddChild(level + 1, {page, children.back().last});
  }
  file_->Put(root_, MakeInner(levels_[level]).data());
}

}  // namespace mailassay::store
