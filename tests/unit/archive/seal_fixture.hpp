// SPDX-License-Identifier: Apache-2.0
// Archives to be sealed, and the question whether one holds the same as before.
#pragma once

#include "mailkeep/base/text.hpp"

#include "archive_fixture.hpp"

namespace mailkeep::archive {

/// A message from a mailing list, unlike all others.
inline std::string list_mail(int number) {
    std::string text = "From: Ann <ann" + std::to_string(number) + "@example.org>\r\nList-Id: <l" +
                       std::to_string(number % 3) + ".example.org>\r\n\r\n";
    for (int line = 0; line < 20; ++line) {
        text += "> line " + std::to_string(line * number) + " of what was said\r\n";
    }
    return text;
}

/// A message with an attachment of so many octets that do not compress, the same for the same seed,
/// in lines of that length.
inline std::string mail_with_attachment(int number, unsigned seed, std::size_t size,
                                        std::size_t line = 76) {
    std::mt19937 random(seed);
    std::string octets;
    while (octets.size() < size) {
        octets += static_cast<char>(random());
    }
    auto text = "From: a@example.org\r\nSubject: " + std::to_string(number) +
                "\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    const auto encoded = to_base64(octets);
    for (std::size_t at = 0; at < encoded.size(); at += line) {
        text += encoded.substr(at, line) + "\r\n";
    }
    return text;
}

/// What an archive says, places of octets left out.
struct Told {
    std::uint64_t number = 0;
    Timestamp at{};
    Digest digest;
    std::vector<std::string> mails;
    std::vector<Event> events;

    friend bool operator==(const Told&, const Told&) = default;
};

inline std::vector<Told> told_by(const Archive& archive) {
    std::vector<Told> told;
    archive.for_each_batch(0, [&](const CommittedBatch& batch) {
        Told one{batch.number, batch.at, batch.digest, {}, batch.events};
        for (const auto& message : batch.messages) {
            one.mails.push_back(archive.get(message));
            EXPECT_EQ(sha256(one.mails.back()), message.content_id);
        }
        told.push_back(std::move(one));
    });
    return told;
}

inline std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> paths;
    if (fs::exists(folder)) {
        for (const auto& entry : fs::recursive_directory_iterator(folder)) {
            if (entry.is_regular_file()) {
                paths.push_back(entry.path());
            }
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// Seals all that is committed; what is superfluous goes.
inline Rewritten seal_all(Archive& archive) {
    archive.close_journal();
    Rewritten all;
    for (;;) {
        auto made = archive.seal({.dead = {}, .now = noon}, {});
        if (made.is_empty()) {
            all.damaged = made.damaged;
            return all;
        }
        all.messages += made.messages;
        all.packs.insert(all.packs.end(), made.packs.begin(), made.packs.end());
        archive.retire(made);
    }
}

class SealTest : public ArchiveTest {
  protected:
    /// Batches of three list mails each, in a file of their own for every call.
    void commit_lists(int first, int last) {
        auto archive = open();
        for (int number = first; number <= last; ++number) {
            static_cast<void>(archive.commit(lists(number), noon));
        }
    }

    static Batch lists(int number) {
        Batch batch;
        for (int i = 0; i < 3; ++i) {
            const auto content_id = batch.add_message(list_mail(number * 3 + i));
            batch.add_event(seen(content_id, static_cast<Uid>(number * 3 + i)));
        }
        batch.add_event({.at = noon, .run = {}, .what = UserRemoved{"u" + std::to_string(number)}});
        return batch;
    }
};

}  // namespace mailkeep::archive
