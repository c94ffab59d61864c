// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/sync/catalog_key.hpp"

namespace mailkeep::sync {

Secret catalog_key(const archive::Archive& archive) {
    return archive.key_for("mailkeep catalog 1");
}

catalog::Catalog open_catalog(const archive::Archive& archive, catalog::Access access) {
    return {archive.data(), access, catalog_key(archive)};
}

}  // namespace mailkeep::sync
