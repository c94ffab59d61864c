// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/base/text.hpp"

#include "archive_fixture.hpp"
#include "frame.hpp"
#include "identity.hpp"

namespace mailkeep::archive {
namespace {

const Identity identity{
    .uuid = std::string("\x01\x23\x45\x67\x89\xab\x4d\xef\x81\x23\x45\x67\x89\xab\xcd\xef"),
    .created = noon};

std::string sealed(const std::string& lines) {
    return lines + "sha256: " + sha256(lines).hex() + "\n";
}

std::string replaced(std::string text, const std::string& old, const std::string& with) {
    text = text.substr(0, text.find("sha256: "));
    text.replace(text.find(old), old.size(), with);
    return sealed(text);
}

TEST(Identity, stands_as_documented) {
    EXPECT_EQ(to_text(identity), sealed("Mailkeep archive\n"
                                        "format: 1\n"
                                        "uuid: 01234567-89ab-4def-8123-456789abcdef\n"
                                        "created: 2026-11-23T12:00:00Z\n"
                                        "features-to-read: none\n"
                                        "features-to-write: none\n"));
}

TEST(Identity, gives_back_what_it_was_made_of) {
    const auto read = identity_from_text(to_text(identity));
    EXPECT_EQ(read.uuid, identity.uuid);
    EXPECT_EQ(read.created, identity.created);
    EXPECT_NO_THROW(require_writable(read));
}

TEST(Identity, is_refused_with_any_bit_flipped_or_cut_short) {
    const auto text = to_text(identity);
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        auto flipped = text;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        const auto error = error_of([&] { static_cast<void>(identity_from_text(flipped)); });
        ASSERT_TRUE(error) << bit;
        EXPECT_EQ(error->code(), Errc::corrupt) << bit;
    }
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_THROW(static_cast<void>(identity_from_text(text.substr(0, size))), Error) << size;
    }
    EXPECT_THROW(static_cast<void>(identity_from_text(text + "\n")), Error);
}

TEST(Identity, refuses_formats_and_features_of_the_future) {
    for (const auto& text :
         {replaced(to_text(identity), "format: 1", "format: 2"),
          replaced(to_text(identity), "features-to-read: none", "features-to-read: aes-gcm")}) {
        const auto error = error_of([&] { static_cast<void>(identity_from_text(text)); });
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code(), Errc::invalid);
    }
    const auto readable = identity_from_text(
        replaced(to_text(identity), "features-to-write: none", "features-to-write: packs"));
    EXPECT_THROW(require_writable(readable), Error);
}

TEST(Identity, says_that_it_is_encrypted_and_may_hold_packs) {
    auto encrypted = identity;
    encrypted.key_check = std::string(32, 'c');
    encrypted.may_hold_packs = true;
    const auto text = to_text(encrypted);
    EXPECT_NE(text.find("features-to-read: encryption packs\n"), std::string::npos);
    EXPECT_NE(text.find("key-check: " + to_hex(encrypted.key_check) + "\n"), std::string::npos);
    const auto read = identity_from_text(text);
    EXPECT_EQ(read.key_check, encrypted.key_check);
    EXPECT_TRUE(read.may_hold_packs);
    EXPECT_FALSE(identity_from_text(to_text(identity)).may_hold_packs);
    for (const auto* words : {"encryption packs cloud", "packs  encryption", "none packs", ""}) {
        const auto error = error_of([&] {
            static_cast<void>(identity_from_text(replaced(text, "encryption packs", words)));
        });
        ASSERT_TRUE(error) << words;
        EXPECT_EQ(error->code(), Errc::invalid) << words;
    }
    EXPECT_THROW(static_cast<void>(identity_from_text(replaced(text, "key-check", "key-chick"))),
                 Error);
}

TEST(Identity, takes_no_key_but_its_own) {
    const DataKey key(std::string(32, 'k'));
    auto encrypted = identity;
    encrypted.key_check = key_check_of(key, identity.uuid);
    EXPECT_NO_THROW(require_key(encrypted, key));
    EXPECT_NO_THROW(require_key(identity, {}));
    const auto refusal = [](const Identity& asked, const DataKey& given) {
        return error_of([&] { require_key(asked, given); })->code();
    };
    EXPECT_EQ(refusal(encrypted, {}), Errc::authentication);
    EXPECT_EQ(refusal(encrypted, DataKey(std::string(32, 'x'))), Errc::authentication);
    EXPECT_EQ(refusal(identity, key), Errc::invalid);
    auto other = encrypted;
    other.uuid.back() = 'x';
    EXPECT_EQ(refusal(other, key), Errc::authentication);
}

TEST(Identity, passes_over_lines_of_the_future) {
    const auto text = replaced(to_text(identity), "created:", "motto: keep\ncreated:");
    EXPECT_EQ(identity_from_text(text).uuid, identity.uuid);
}

}  // namespace
}  // namespace mailkeep::archive
