// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/rebuild.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/catalog_key.hpp"
#include "mailkeep/sync/indexing.hpp"
#include "mailkeep/sync/keeper.hpp"

namespace mailkeep::sync {

namespace fs = std::filesystem;

namespace {

Rebuilt rebuild_beside(const archive::Archive& archive, extract::Extractor* extractor) {
    const auto workshop = archive.data() / "rebuild.tmp";
    fs::remove_all(workshop);
    fs::create_directory(workshop);
    Rebuilt result;
    {
        catalog::Catalog fresh(workshop, catalog::Access::read_write, catalog_key(archive));
        apply_missing(archive, fresh);
        index_all(archive, fresh, extractor);
        result = {fresh.applied_up_to(), fresh.totals().messages};
    }
    // A crash between two renames leaves files of different batches; opening applies the rest to
    // whichever is behind. The -wal and -shm of the old files must not meet the new ones.
    for (const auto& name : catalog::file_names()) {
        fs::remove(archive.data() / name);
    }
    for (const auto& name : catalog::file_names()) {
        if (fs::exists(workshop / name)) {
            fs::rename(workshop / name, archive.data() / name);
        }
    }
    fs::remove_all(workshop);
    return result;
}

}  // namespace

Rebuilt rebuild(const archive::Archive& archive, extract::Extractor* extractor) {
    try {
        return rebuild_beside(archive, extractor);
    } catch (const fs::filesystem_error& error) {
        throw Error(Errc::storage, std::string("cannot rebuild the catalog: ") + error.what());
    }
}

}  // namespace mailkeep::sync
