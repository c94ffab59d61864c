// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/archive/keys.hpp"
#include "mailkeep/base/text.hpp"

#include "archive_fixture.hpp"
#include "identity.hpp"
#include "key_slot.hpp"
#include "support/failure_of.hpp"

namespace mailkeep::archive {
namespace {

using test::failure_of;

const ScryptCost quick{.n = 2, .r = 1, .p = 1};
const Secret right("correct horse");
const Secret other("battery staple");

TEST(DataKey, is_none_until_one_is_made) {
    DataKey key;
    EXPECT_TRUE(key.empty());
    key = make_data_key();
    EXPECT_FALSE(key.empty());
    EXPECT_EQ(key.reveal().size(), DataKey::size);
    EXPECT_NE(key.reveal(), make_data_key().reveal());
}

TEST(DataKey, derives_another_key_for_every_salt_and_purpose) {
    const DataKey key(std::string(32, 'k'));
    EXPECT_EQ(key.derive("salt", "one"), DataKey(key).derive("salt", "one"));
    EXPECT_NE(key.derive("salt", "one"), key.derive("salt", "two"));
    EXPECT_NE(key.derive("salt", "one"), key.derive("other", "one"));
    EXPECT_EQ(key.derive("salt", "one").size(), 32U);
}

/// A folder with the identity of an encrypted archive in it, and nothing else yet.
class KeySlots : public testing::Test {
  protected:
    KeySlots() { found(data(), key); }

    static void found(const fs::path& folder, const DataKey& its_key) {
        Identity identity{.uuid = std::string(16, 'u'), .created = noon};
        if (!its_key.empty()) {
            identity.key_check = key_check_of(its_key, identity.uuid);
        }
        put_octets(folder / "ARCHIVE", to_text(identity));
        fs::create_directories(folder / "keys");
    }

    void add(const std::string& name, const Secret& passphrase) {
        add_key_slot(data(), name, key, passphrase, noon, quick);
    }

    [[nodiscard]] fs::path data() const { return folder_.path(); }

    [[nodiscard]] fs::path slot(const std::string& name) const {
        return data() / "keys" / (name + ".slot");
    }

    const DataKey key = make_data_key();

  private:
    test::TempDir folder_;
};

TEST_F(KeySlots, each_open_the_archive_with_a_passphrase_of_their_own) {
    add("first", right);
    add("second", other);
    EXPECT_EQ(unlock(data(), right).reveal(), key.reveal());
    EXPECT_EQ(unlock(data(), other).reveal(), key.reveal());
    const auto slots = key_slots(data());
    ASSERT_EQ(slots.size(), 2U);
    EXPECT_EQ(slots[0].name, "first");
    EXPECT_EQ(slots[1].name, "second");
    EXPECT_EQ(slots[0].created, noon);
    EXPECT_EQ(slots[0].problem, "");
    EXPECT_EQ(fs::status(slot("first")).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(KeySlots, refuse_a_wrong_passphrase) {
    add("first", right);
    const auto error = failure_of([&] { static_cast<void>(unlock(data(), other)); });
    EXPECT_EQ(error.code(), Errc::authentication);
    EXPECT_FALSE(error.hint().empty());
    EXPECT_EQ(std::string(error.what()).find("battery"), std::string::npos);
}

TEST_F(KeySlots, take_another_passphrase_by_adding_and_removing) {
    add("old", right);
    add("new", other);
    remove_key_slot(data(), "old");
    EXPECT_THROW(static_cast<void>(unlock(data(), right)), Error);
    EXPECT_EQ(unlock(data(), other).reveal(), key.reveal());
}

TEST_F(KeySlots, never_lose_the_last_one_that_can_be_used) {
    add("first", right);
    EXPECT_EQ(failure_of([&] { remove_key_slot(data(), "first"); }).code(), Errc::conflict);
    add("second", other);
    put_octets(slot("second"), "Mailkeep key slot\n");
    EXPECT_EQ(failure_of([&] { remove_key_slot(data(), "first"); }).code(), Errc::conflict);
    remove_key_slot(data(), "second");
    EXPECT_EQ(unlock(data(), right).reveal(), key.reveal());
    EXPECT_EQ(failure_of([&] { remove_key_slot(data(), "second"); }).code(), Errc::not_found);
}

TEST_F(KeySlots, are_refused_with_any_bit_flipped_and_the_others_still_open) {
    add("first", right);
    add("second", other);
    const auto octets = octets_of(slot("first"));
    for (std::size_t bit = 0; bit < octets.size() * 8; ++bit) {
        auto flipped = octets;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        ASSERT_FALSE(slot_from_text(flipped)) << bit;
    }
    for (std::size_t size = 0; size < octets.size(); ++size) {
        ASSERT_FALSE(slot_from_text(std::string_view(octets).substr(0, size))) << size;
    }
    ASSERT_FALSE(slot_from_text(octets + "\n"));
    put_octets(slot("first"), octets.substr(0, 100));
    EXPECT_EQ(unlock(data(), other).reveal(), key.reveal());
    const auto error = failure_of([&] { static_cast<void>(unlock(data(), right)); });
    EXPECT_EQ(error.code(), Errc::authentication);
    EXPECT_NE(std::string(error.what()).find("slot first is damaged"), std::string::npos);
    EXPECT_EQ(key_slots(data()).at(0).problem, "is damaged");
}

TEST_F(KeySlots, still_open_when_one_of_several_is_lost) {
    add("first", right);
    add("second", other);
    fs::remove(slot("first"));
    EXPECT_EQ(unlock(data(), other).reveal(), key.reveal());
    fs::remove(slot("second"));
    EXPECT_EQ(failure_of([&] { static_cast<void>(unlock(data(), other)); }).code(),
              Errc::authentication);
}

TEST_F(KeySlots, are_named_when_they_stand_under_another_name_or_cannot_be_read) {
    add("first", right);
    fs::copy_file(slot("first"), slot("copy"));
    fs::create_directory(slot("folder"));
    const auto slots = key_slots(data());
    ASSERT_EQ(slots.size(), 3U);
    EXPECT_EQ(slots[0].problem, "holds the slot \"first\"");
    EXPECT_NE(slots[2].problem.find("cannot be read"), std::string::npos);
    EXPECT_EQ(unlock(data(), right).reveal(), key.reveal());
}

TEST_F(KeySlots, do_not_open_another_archive) {
    add("first", right);
    const auto read = slot_from_text(octets_of(slot("first")));
    ASSERT_TRUE(read);
    EXPECT_TRUE(open_slot(*read, std::string(16, 'u'), right));
    EXPECT_FALSE(open_slot(*read, std::string(16, 'v'), right));
    auto renamed = *read;
    renamed.name = "other";
    EXPECT_FALSE(open_slot(renamed, std::string(16, 'u'), right));
    // The same uuid but another key: an archive made twice, or keys/ of an older copy.
    found(data(), make_data_key());
    EXPECT_EQ(failure_of([&] { static_cast<void>(unlock(data(), right)); }).code(),
              Errc::authentication);
}

TEST_F(KeySlots, cannot_ask_for_more_memory_than_there_is) {
    add("first", right);
    auto read = *slot_from_text(octets_of(slot("first")));
    EXPECT_TRUE(slot_from_text(to_text(read)));
    for (const auto& cost : {ScryptCost{std::uint64_t{1} << 40, 8, 1}, ScryptCost{2, 1U << 30, 1},
                             ScryptCost{2, 1, 1U << 30}, ScryptCost{3, 1, 1}}) {
        read.cost = cost;
        EXPECT_FALSE(slot_from_text(to_text(read)));
    }
}

TEST_F(KeySlots, are_made_only_with_a_name_a_passphrase_and_the_archives_own_key) {
    for (const auto* name : {"", ".hidden", "-flag", "Upper", "a/b", "a b", "..", "ä"}) {
        EXPECT_EQ(failure_of([&] { add(name, right); }).code(), Errc::invalid) << name;
    }
    EXPECT_EQ(failure_of([&] { add(std::string(65, 'a'), right); }).code(), Errc::invalid);
    EXPECT_EQ(failure_of([&] { add("empty", Secret()); }).code(), Errc::invalid);
    EXPECT_EQ(failure_of([&] {
                  add_key_slot(data(), "name", make_data_key(), right, noon, quick);
              }).code(),
              Errc::authentication);
    add("name", right);
    EXPECT_EQ(failure_of([&] { add("name", other); }).code(), Errc::conflict);
    EXPECT_EQ(key_slots(data()).size(), 1U);
}

TEST_F(KeySlots, do_not_exist_where_nothing_is_encrypted) {
    found(data(), {});
    EXPECT_TRUE(unlock(data(), right).empty());
    EXPECT_EQ(failure_of([&] { add("name", right); }).code(), Errc::invalid);
    EXPECT_TRUE(key_slots(data()).empty());
}

TEST(KeySlot, stands_as_documented) {
    const SlotFile slot{.name = "recovery",
                        .created = noon,
                        .cost = {},
                        .salt = std::string(32, '\x11'),
                        .wrapped = std::string(60, '\x22')};
    const auto text = to_text(slot);
    std::string salt;
    std::string wrapped;
    for (int i = 0; i < 32; ++i) {
        salt += "11";
    }
    for (int i = 0; i < 60; ++i) {
        wrapped += "22";
    }
    const std::string lines =
        "Mailkeep key slot\n"
        "slot: 1\n"
        "name: recovery\n"
        "created: 2026-11-23T12:00:00Z\n"
        "kdf: scrypt\n"
        "n: 65536\n"
        "r: 8\n"
        "p: 2\n"
        "salt: " +
        salt +
        "\n"
        "wrapped: " +
        wrapped + "\n";
    EXPECT_EQ(text, lines + "sha256: " + sha256(lines).hex() + "\n");
    EXPECT_EQ(slot_from_text(text), slot);
}

}  // namespace
}  // namespace mailkeep::archive
