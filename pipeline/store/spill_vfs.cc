#include "pipeline/store/spill_vfs.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "absl/memory/memory.h"
#include "lib/base/concat.h"

namespace mailassay::store {

struct SpillVfs::Layer : sqlite3_vfs {
  sqlite3_vfs* system = nullptr;
  std::string path;  // SQLite keeps a pointer to it while a file is open
  std::string name;

  static int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file,
                  int flags, int* out_flags) {
    const auto& layer = *static_cast<const Layer*>(vfs);
    if (path == nullptr) path = layer.path.c_str();
    return layer.system->xOpen(layer.system, path, file, flags, out_flags);
  }
};

SpillVfs::SpillVfs() = default;

absl::StatusOr<std::unique_ptr<SpillVfs>> SpillVfs::Create(
    const std::string& path) {
  sqlite3_vfs* const system = sqlite3_vfs_find(nullptr);
  if (system == nullptr) return absl::InternalError("SQLite has no VFS");
  unlink(path.c_str());
  auto spill = absl::WrapUnique(new SpillVfs);
  auto layer = std::make_unique<Layer>();
  static_cast<sqlite3_vfs&>(*layer) = *system;
  layer->system = system;
  layer->path = path;
  layer->name = Concat("spill-", reinterpret_cast<uintptr_t>(layer.get()));
  layer->zName = layer->name.c_str();
  layer->pNext = nullptr;
  layer->xOpen = &Layer::Open;
  if (sqlite3_vfs_register(layer.get(), /*makeDflt=*/0) != SQLITE_OK) {
    return absl::InternalError("SQLite takes no VFS");
  }
  spill->layer_ = std::move(layer);
  return spill;
}

SpillVfs::~SpillVfs() {
  if (layer_) sqlite3_vfs_unregister(layer_.get());
}

const char* SpillVfs::name() const { return layer_->zName; }

}  // namespace mailassay::store
