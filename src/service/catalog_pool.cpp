// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/service/catalog_pool.hpp"

namespace mailkeep::service {

namespace {

/// Each has read up to 32 MiB.
constexpr std::size_t most_idle = 3;

}  // namespace

CatalogPool::Lent::~Lent() {
    if (std::uncaught_exceptions() == exceptions_) {
        pool_.give_back(std::move(catalog_));
    }
}

CatalogPool::CatalogPool(std::function<catalog::Catalog()> open) : open_(std::move(open)) {
    idle_.reserve(most_idle);  // giving back cannot fail
}

catalog::Catalog CatalogPool::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto catalog = std::move(idle_.back());
            idle_.pop_back();
            return catalog;
        }
    }
    return open_();
}

void CatalogPool::give_back(catalog::Catalog catalog) noexcept {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < most_idle) {
        idle_.push_back(std::move(catalog));
    }
}

}  // namespace mailkeep::service
