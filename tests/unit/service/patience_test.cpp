// SPDX-License-Identifier: Apache-2.0
// How often a run calls again and how long it waits, told by what it was made to wait.
#include "patience.hpp"
#include "support/fake_clock.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <tuple>

using namespace std::chrono_literals;

namespace mailkeep::service {
namespace {

class PatienceTest : public testing::Test {
  protected:
    PatienceTest() {
        archive::Archive::create(data);
        archive.emplace(data, archive::Access::read_write);
        catalog.emplace(data, catalog::Access::read_write);
        keeper.emplace(*archive, *catalog, clock);
        run = catalog->run(catalog->start_run({}, RunKind::collect, clock.now())).value();
        ingest.emplace(*keeper, *catalog, run);
    }

    /// So often is the server called: the first call gives `before`, the others `after`.
    int calls(const std::function<void()>& before, const std::function<void()>& after) {
        Patience patience(
            run.id, *catalog, *ingest, progress, stop,
            [&](const std::stop_token&, std::chrono::milliseconds pause) { waited += pause; });
        int calls = 0;
        const auto open = [&] {
            (++calls == 1 ? before : after)();
            return calls;
        };
        try {
            std::ignore = patience.complete([&](const Waited&) -> std::vector<std::string> {
                std::ignore = patience.reach(open);
                throw Error(Errc::network, "the line broke");
            });
        } catch (const Error& error) {
            code = error.code();
        }
        return calls;
    }

    static void answer() {}

    static void refuse() { throw Error(Errc::refused, "the maildrop is locked"); }

    static void fall_silent() { throw Error(Errc::timeout, "nobody answers"); }

    test::TempDir folder;
    std::filesystem::path data = folder.path() / "data";
    test::FakeClock clock;
    std::optional<archive::Archive> archive;
    std::optional<catalog::Catalog> catalog;
    std::optional<sync::Keeper> keeper;
    mailkeep::Run run;
    std::optional<sync::Ingest> ingest;
    sync::Progress progress;
    std::stop_token stop;
    std::chrono::milliseconds waited{0};
    std::optional<Errc> code;
};

TEST_F(PatienceTest, calls_four_times_again_when_the_line_breaks_in_vain) {
    EXPECT_EQ(calls(answer, answer), 5);
    EXPECT_EQ(code, Errc::network);
    EXPECT_LE(waited, 15s);
}

TEST_F(PatienceTest, counts_calls_nobody_answers_likewise) {
    EXPECT_EQ(calls(answer, fall_silent), 5);
}

TEST_F(PatienceTest, waits_for_a_maildrop_the_lost_session_holds_but_not_for_ever) {
    EXPECT_GT(calls(answer, refuse), 8);
    EXPECT_EQ(code, Errc::refused);
    EXPECT_GT(waited, 10min);
    EXPECT_LE(waited, 16min);
}

TEST_F(PatienceTest, does_not_wait_for_a_server_that_was_never_reached) {
    EXPECT_EQ(calls(refuse, answer), 1);
    EXPECT_EQ(calls(fall_silent, answer), 1);
    EXPECT_EQ(waited, 0ms);
}

TEST_F(PatienceTest, waits_for_no_refusal_of_an_open_session) {
    Patience patience(run.id, *catalog, *ingest, progress, stop,
                      [&](const auto&, std::chrono::milliseconds pause) { waited += pause; });
    EXPECT_THROW(std::ignore = patience.complete([&](const Waited&) -> std::vector<std::string> {
        std::ignore = patience.reach([] { return 1; });
        throw Error(Errc::refused, "no such command");
    }),
                 Error);
    EXPECT_EQ(waited, 0ms);
}

}  // namespace
}  // namespace mailkeep::service
