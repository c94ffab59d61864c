// SPDX-License-Identifier: Apache-2.0
// Every fuzz target over its seeds and over mutations of them, the same on every run unless
// MAILKEEP_FUZZ_SEED says otherwise. The fuzzers proper are run by tests/fuzz/run.sh.
#include "mailkeep/base/log.hpp"

#include "targets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace mailkeep::fuzz {

namespace {

namespace fs = std::filesystem;

constexpr int mutations = 3000;
constexpr std::size_t longest_input = 20'000;

struct Target {
    const char* name;
    void (*run)(std::string_view);
};

constexpr Target all_targets[] = {
    {"attachment", attachment},       {"imap_command", imap_command},
    {"imap_response", imap_response}, {"imap_session", imap_session},
    {"mailbox_name", mailbox_name},   {"mbox", mbox},
    {"mime_message", mime_message},   {"pop3_answer", pop3_answer},
    {"pop3_session", pop3_session},   {"segments", segments},
};

std::vector<std::string> seeds_of(const std::string& target) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(fs::path(MAILKEEP_FUZZ_SEEDS) / target)) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<std::string> seeds;
    for (const fs::path& file : files) {
        std::ifstream stream(file, std::ios::binary);
        seeds.emplace_back(std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>());
    }
    return seeds;
}

class Mutator {
  public:
    Mutator(std::vector<std::string> seeds, unsigned seed)
        : seeds_(std::move(seeds)), random_(seed) {}

    std::string next() {
        std::string octets = seeds_[below(seeds_.size())];
        for (std::size_t deeds = below(4) + 1; deeds > 0; --deeds) {
            change(octets);
        }
        octets.resize(std::min(octets.size(), longest_input));
        return octets;
    }

  private:
    std::size_t below(std::size_t end) { return random_() % std::max<std::size_t>(end, 1); }

    void change(std::string& octets) {
        constexpr std::string_view favourites("\r\n\0(){}[]\"\\*%+-.&,09 \x7F\xFF", 24);
        const std::size_t at = below(octets.size() + 1);
        const std::size_t count = below(std::min<std::size_t>(octets.size() - at, 40) + 1);
        switch (below(6)) {
            case 0:
                octets.insert(at, 1, favourites[below(favourites.size())]);
                break;
            case 1:
                octets.erase(at, count);
                break;
            case 2:
                octets.insert(below(octets.size() + 1), octets.substr(at, count));
                break;
            case 3: {
                const std::string& other = seeds_[below(seeds_.size())];
                octets.replace(at, std::string::npos, other, below(other.size() + 1));
                break;
            }
            case 4:
                octets.insert(at, std::to_string(random_()));
                break;
            default:
                if (at < octets.size())
                    octets[at] = static_cast<char>(random_());
        }
    }

    std::vector<std::string> seeds_;
    std::mt19937 random_;
};

class FuzzTarget : public testing::TestWithParam<Target> {};

}  // namespace

TEST_P(FuzzTarget, holds_over_its_seeds_and_mutations_of_them) {
    set_log_level(LogLevel::error);
    const auto seeds = seeds_of(GetParam().name);
    ASSERT_FALSE(seeds.empty());
    for (const std::string& octets : seeds) {
        GetParam().run(octets);
    }
    const char* const given = std::getenv("MAILKEEP_FUZZ_SEED");
    const unsigned seed = given ? static_cast<unsigned>(std::atoi(given)) : 1;
    std::cout << "MAILKEEP_FUZZ_SEED=" << seed << '\n';
    Mutator mutator(seeds, seed);
    for (int i = 0; i < mutations; ++i) {
        const std::string octets = mutator.next();
        SCOPED_TRACE(i);
        GetParam().run(octets);
    }
}

INSTANTIATE_TEST_SUITE_P(Every, FuzzTarget, testing::ValuesIn(all_targets),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace mailkeep::fuzz
