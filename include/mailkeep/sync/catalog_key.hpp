// SPDX-License-Identifier: Apache-2.0
// What ties the catalog to its archive: a catalog of an encrypted archive is encrypted too, under a
// key derived from the archive's.
#pragma once

#include "mailkeep/archive/archive.hpp"
#include "mailkeep/catalog/catalog.hpp"

namespace mailkeep::sync {

/// Empty when the archive is not encrypted.
[[nodiscard]] Secret catalog_key(const archive::Archive& archive);

/// The catalog that lies beside the archive.
[[nodiscard]] catalog::Catalog open_catalog(const archive::Archive& archive,
                                            catalog::Access access);

}  // namespace mailkeep::sync
