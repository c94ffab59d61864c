// SPDX-License-Identifier: Apache-2.0
// Catalogs that stay open between requests: opening one takes longer than most answers, and what it
// has read once need not be read again.
#pragma once

#include "mailkeep/catalog/catalog.hpp"

#include <exception>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace mailkeep::service {

/// Any thread.
class CatalogPool {
  public:
    /// A catalog for one thread and a while. It goes back to the pool, which must outlive it,
    /// unless an exception ends its use: then it is closed.
    class Lent {
      public:
        Lent(CatalogPool& pool, catalog::Catalog catalog)
            : pool_(pool), catalog_(std::move(catalog)) {}

        Lent(const Lent&) = delete;
        Lent& operator=(const Lent&) = delete;
        ~Lent();

        [[nodiscard]] catalog::Catalog& operator*() { return catalog_; }

        [[nodiscard]] const catalog::Catalog& operator*() const { return catalog_; }

        [[nodiscard]] catalog::Catalog* operator->() { return &catalog_; }

        [[nodiscard]] const catalog::Catalog* operator->() const { return &catalog_; }

      private:
        CatalogPool& pool_;
        catalog::Catalog catalog_;
        int exceptions_ = std::uncaught_exceptions();
    };

    explicit CatalogPool(std::function<catalog::Catalog()> open);

    [[nodiscard]] Lent lend() { return {*this, take()}; }

  private:
    [[nodiscard]] catalog::Catalog take();
    void give_back(catalog::Catalog catalog) noexcept;

    std::function<catalog::Catalog()> open_;
    std::mutex mutex_;  // guards idle_
    std::vector<catalog::Catalog> idle_;
};

}  // namespace mailkeep::service
