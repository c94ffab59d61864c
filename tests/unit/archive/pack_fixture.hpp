// SPDX-License-Identifier: Apache-2.0
// What the tests of packs share: mail with attachments, and packs made of it.
#pragma once

#include "archive_fixture.hpp"
#include "pack_reader.hpp"
#include "pack_writer.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace mailkeep::archive {

inline const std::string archive_uuid = "archive-uuid-16.";
inline const std::string a_group = "group-uuid-of-16";

/// Octets that do not compress, the same for the same seed.
inline std::string noise(std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string octets(size + 8, '\0');
    for (std::size_t i = 0; i < size; i += 8) {
        const std::uint64_t eight = random();
        std::memcpy(&octets[i], &eight, 8);
    }
    octets.resize(size);
    return octets;
}

/// Letters and line ends, no base64 that could be taken apart.
inline std::string prose(std::size_t size, unsigned seed) {
    auto text = noise(size, seed);
    for (auto& octet : text) {
        octet = " etaoinshrdlu,.-"[static_cast<unsigned char>(octet) % 16];
    }
    return text;
}

inline std::string base64_of(std::string_view octets, std::size_t line_length) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string padded(octets);
    padded.resize((octets.size() + 2) / 3 * 3);
    std::string text(padded.size() / 3 * 4, '=');
    for (std::size_t from = 0, to = 0; from < padded.size(); from += 3, to += 4) {
        const auto* three = reinterpret_cast<const unsigned char*>(&padded[from]);
        text[to] = digits[three[0] >> 2];
        text[to + 1] = digits[(three[0] & 3) << 4 | three[1] >> 4];
        text[to + 2] = digits[(three[1] & 15) << 2 | three[2] >> 6];
        text[to + 3] = digits[three[2] & 63];
    }
    const auto padding = padded.size() - octets.size();
    text.replace(text.size() - padding, padding, padding, '=');
    std::string lines;
    for (std::size_t i = 0; i < text.size(); i += line_length) {
        lines.append(text, i, line_length).append("\r\n");
    }
    return lines;
}

inline std::string mail_with(std::string_view attachment, std::size_t line_length, int number) {
    return "Subject: attached " + std::to_string(number) +
           "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_of(attachment, line_length);
}

inline const HoldsBlob holds_none = [](const BlobId&) { return false; };
inline const FindBlob no_packs = [](const BlobId&) -> const PackReader* { return nullptr; };

inline CommitRecord commit_record(std::uint64_t number) {
    return {.number = number,
            .at = noon,
            .messages = 1,
            .events = 1,
            .frames = 2,
            .before = sha256("before"),
            .digest = sha256("digest")};
}

class PackTest : public testing::Test {
  protected:
    PackTest() { set_log_level(LogLevel::error); }

    [[nodiscard]] PackPlan plan() const {
        PackPlan plan{.data = data(), .archive_uuid = archive_uuid, .epoch = 3, .key = key_};
        plan.block_target = block_target_;
        return plan;
    }

    [[nodiscard]] fs::path data() const { return folder_ / ""; }

    static PackEnd end() {
        return {.group = {.uuid = a_group, .is_closed = true}, .epoch = 2, .at = noon};
    }

    /// A published pack with these messages, the places their own, all of batch 7.
    std::string make(const std::vector<std::string>& mails, const HoldsBlob& is_held = holds_none,
                     const FindBlob& packs = no_packs) {
        PackWriter writer(disk_, reserve_, plan());
        for (std::size_t i = 0; i < mails.size(); ++i) {
            writer.add_message(sha256(mails[i]), {7, i}, mails[i], is_held);
        }
        writer.add_history({commit_record(7), encode_of_seen()});
        writer.close(end());
        writer.prove(packs);
        writer.publish();
        return writer.made().name;
    }

    static std::string encode_of_seen() { return std::string("\3\0\0\0\xC8??", 7); }

    [[nodiscard]] PackReader open(const std::string& name) { return open(name, key_); }

    [[nodiscard]] PackReader open(const std::string& name, const DataKey& key) {
        return {disk_, data(), name, archive_uuid, key};
    }

    /// The message, or how far it could be read with a mark behind.
    static std::string read(const PackReader& pack, const StoredMessage& message,
                            const FindBlob& packs = no_packs) {
        std::string octets;
        const bool is_right =
            pack.read(message, packs, [&](std::string_view piece) { octets += piece; });
        return is_right ? octets : octets + " (damaged)";
    }

    /// All messages by CONTENTS, in its order.
    static std::vector<std::string> read_all(const PackReader& pack,
                                             const FindBlob& packs = no_packs) {
        std::vector<std::string> mails;
        for (const auto& message : pack.contents().value_or(std::vector<PackedMessage>())) {
            if (!message.is_gone()) {
                mails.push_back(read(pack, message.stored_in(pack.name()), packs));
            }
        }
        return mails;
    }

    /// By what the records themselves say.
    static std::vector<FoundRecord> records_of(const PackReader& pack,
                                               const FindBlob& packs = no_packs) {
        std::vector<FoundRecord> records;
        pack.for_each_record(packs, [&](const FoundRecord& record) { records.push_back(record); });
        return records;
    }

    /// A copy of a pack under another name, with one octet changed.
    std::string copy_with(const std::string& name, std::uint64_t at, char mask) {
        auto octets = octets_of(data() / name);
        octets.at(at) = static_cast<char>(octets[at] ^ mask);
        put_octets(data() / "copy", octets);
        return "copy";
    }

    static const PackFrame& frame_of(const PackReader& pack, FrameType type) {
        const auto& frames = pack.index().frames;
        return *std::find_if(frames.begin(), frames.end(),
                             [type](const auto& frame) { return frame.type == type; });
    }

    void encrypt() { key_ = DataKey(std::string(32, 'k')); }

    void use_small_blocks() { block_target_ = 300; }

    FaultyDisk disk_;

  private:
    test::TempDir folder_;
    DataKey key_;
    std::size_t block_target_ = records_target;

  protected:
    Reserve reserve_{folder_ / ""};
};

}  // namespace mailkeep::archive
