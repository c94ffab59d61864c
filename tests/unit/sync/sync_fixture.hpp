// SPDX-License-Identifier: Apache-2.0
// A real archive and a real catalog in a temporary folder, with one account, for runs against
// scripted servers.
#pragma once

#include "mailkeep/sync/ingest.hpp"
#include "mailkeep/sync/keeper.hpp"

#include "support/fake_clock.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::sync {

class SyncFixture : public testing::Test {
  protected:
    using Work = std::function<std::vector<std::string>(catalog::Catalog&, Ingest&)>;

    explicit SyncFixture(Protocol protocol) {
        archive::Archive::create(data);
        archive.emplace(data, archive::Access::read_write);
        catalog.emplace(data, catalog::Access::read_write);
        keeper.emplace(*archive, *catalog, clock);
        account.id = AccountId{1};
        account.name = "post";
        account.server.protocol = protocol;
        archive::Batch batch;
        batch.add_event({clock.now(), {}, AccountSaved{account}});
        keeper->keep(batch);
    }

    /// What a program that was killed leaves is found by the next one.
    void open_again() {
        keeper.reset();
        catalog.reset();
        archive.reset();
        archive.emplace(data, archive::Access::read_write);
        catalog.emplace(data, catalog::Access::read_write);
        keeper.emplace(*archive, *catalog, clock);
    }

    /// One run from start to end, as the service does it.
    std::vector<std::string> perform(RunKind kind, const Work& work) {
        catalog::Catalog reading(data, catalog::Access::read_write);
        auto run = reading.run(reading.start_run(account.id, kind, clock.now()));
        Ingest ingest(*keeper, reading, run.value());
        auto problems = work(reading, ingest);
        run->finished = clock.now();
        ingest.finish(*run);
        counts = run->counts;
        return problems;
    }

    static std::string joined(std::initializer_list<std::string_view> pieces) {
        std::string text;
        for (const auto piece : pieces) {
            text += piece;
        }
        return text;
    }

    test::TempDir folder;
    std::filesystem::path data = folder.path() / "data";
    test::FakeClock clock;
    std::optional<archive::Archive> archive;
    std::optional<catalog::Catalog> catalog;
    std::optional<Keeper> keeper;
    Account account;
    RunCounts counts;  ///< of the last run
};

}  // namespace mailkeep::sync
