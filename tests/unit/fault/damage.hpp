// SPDX-License-Identifier: Apache-2.0
// An archive so small that every bit of its files can be tried, and the question what is left of it
// once one of them is not what it was.
#pragma once

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "story.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace mailkeep::fault {

/// Three messages of few octets in two files.
class Damage : public testing::Test {
  protected:
    explicit Damage(const archive::DataKey& its_key = {}) : key(its_key) {}

    void SetUp() override {
        set_log_level(LogLevel::error);
        make_archive(data, key);
        commit({1, 2});
        settle();
        commit({3});
        settle();
        look_around();
        ASSERT_EQ(stored.size(), 3U);
        ASSERT_GE(files.size(), 2U);
    }

    /// What is done with the journals.
    virtual void settle() {}

    void look_around() {
        files = files_of(data);
        const archive::Archive whole(data, archive::Access::read_only, key);
        whole.for_each_batch(0, [&](const CommittedBatch& batch) {
            stored.insert(stored.end(), batch.messages.begin(), batch.messages.end());
        });
    }

    static std::string text(int number) {
        return "Subject: " + std::to_string(number) + "\r\n\r\nSmall.\r\n";
    }

    void commit(std::initializer_list<int> numbers) const {
        archive::Archive archive(data, archive::Access::read_write, key);
        for (const int number : numbers) {
            archive::Batch batch;
            const auto content_id = batch.add_message(text(number));
            Seen seen{.account = AccountId{1},
                      .mailbox = "INBOX",
                      .uid = 1,
                      .unique_id = {},
                      .content_id = content_id,
                      .internal_date = {},
                      .flags = {}};
            batch.add_event({.at = time_of_batch(number), .run = RunId{1}, .what = seen});
            static_cast<void>(archive.commit(batch, time_of_batch(number)));
        }
    }

    [[nodiscard]] std::string octets_of(const std::string& name) const {
        std::ifstream file(data / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }

    static std::string flipped(std::string octets, std::size_t bit) {
        octets[bit / 8] = static_cast<char>(octets[bit / 8] ^ 1 << bit % 8);
        return octets;
    }

    void put(const std::string& name, std::string_view octets) const {
        std::fstream file(data / name, std::ios::binary | std::ios::in | std::ios::out);
        file.write(octets.data(), static_cast<std::streamsize>(octets.size()));
        file.close();
        std::filesystem::resize_file(data / name, octets.size());
    }

    struct Outcome {
        std::string named;           ///< what verify names as damaged
        std::string wrong;           ///< given out, and not what it should be
        std::set<std::size_t> lost;  ///< messages, from 0
    };

    /// An archive that cannot be opened says so, and gives nothing out.
    [[nodiscard]] Outcome outcome() const {
        Outcome found;
        try {
            const archive::Archive damaged(data, archive::Access::read_only, key);
            found.named = damage_in(damaged);
            for (std::size_t i = 0; i < stored.size(); ++i) {
                add(damaged, i, found);
            }
            damaged.for_each_batch(0, [&](const CommittedBatch& batch) {
                if (batch.number > stored.size() || batch.messages.size() != 1 ||
                    batch.messages[0].content_id != stored[batch.number - 1].content_id) {
                    found.wrong += "batch " + std::to_string(batch.number);
                }
            });
        } catch (const Error& error) {
            found.named += error.what();
        }
        return found;
    }

    void add(const archive::Archive& damaged, std::size_t index, Outcome& found) const {
        try {
            if (damaged.get(stored[index]) != text(static_cast<int>(index) + 1)) {
                found.wrong += stored[index].content_id.hex();
            }
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::corrupt);
            found.lost.insert(index);
        }
    }

    /// The octets put there, whatever they are, are found damaged in the file.
    void expect_named(const std::string& name, std::string_view octets, const std::string& what) {
        put(name, octets);
        const auto found = outcome();
        EXPECT_NE(found.named.find(name), std::string::npos) << what << ": " << found.named;
        EXPECT_EQ(found.wrong, "") << what;
        put(name, files.at(name));
    }

    const archive::DataKey key;
    test::TempDir folder;
    std::filesystem::path data = folder / "data";
    std::map<std::string, std::string> files;
    std::vector<StoredMessage> stored;  // by batch, one each
};

}  // namespace mailkeep::fault
