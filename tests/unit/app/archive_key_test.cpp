// SPDX-License-Identifier: Apache-2.0
// Where the key of an encrypted archive comes from.
#include "mailkeep/archive/archive.hpp"

#include "archive_key.hpp"
#include "support/failure_of.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace mailkeep::app {
namespace {

using test::failure_of;

class ArchiveKey : public testing::Test {
  protected:
    ArchiveKey() {
        settings_.data = folder_ / "data";
        archive::Archive::create(
            settings_.data, key_,
            archive::FirstSlot{"first", Secret("correct horse"), {.n = 2, .r = 1, .p = 1}});
    }

    std::filesystem::path file(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }

    test::TempDir folder_;
    Settings settings_;
    const archive::DataKey key_ = archive::make_data_key();
};

TEST_F(ArchiveKey, comes_from_the_key_file_of_the_settings) {
    settings_.key_file = file("key", "correct horse\n");
    EXPECT_EQ(find_archive_key(settings_, {}).reveal(), key_.reveal());
}

TEST_F(ArchiveKey, comes_from_a_systemd_credential) {
    file("mailkeep-key", "correct horse");
    const Environment environment{{"CREDENTIALS_DIRECTORY", folder_.path().string()}};
    EXPECT_EQ(find_archive_key(settings_, environment).reveal(), key_.reveal());
    // The settings win.
    settings_.key_file = file("other", "battery staple");
    EXPECT_EQ(failure_of([&] { (void)find_archive_key(settings_, environment); }).code(),
              Errc::authentication);
}

TEST_F(ArchiveKey, is_refused_without_a_word_of_what_was_tried) {
    settings_.key_file = file("key", "battery staple\n");
    const auto error = failure_of([&] { (void)find_archive_key(settings_, {}); });
    EXPECT_EQ(error.code(), Errc::authentication);
    EXPECT_EQ((std::string(error.what()) + error.hint()).find("battery"), std::string::npos);
    settings_.key_file = folder_ / "missing";
    EXPECT_EQ(failure_of([&] { (void)find_archive_key(settings_, {}); }).code(), Errc::invalid);
}

TEST_F(ArchiveKey, is_none_where_nothing_is_encrypted_but_a_key_file_is_not_passed_over) {
    settings_.data = folder_ / "plain";
    archive::Archive::create(settings_.data);
    EXPECT_TRUE(find_archive_key(settings_, {}).empty());
    settings_.key_file = file("key", "correct horse");
    EXPECT_EQ(failure_of([&] { (void)find_archive_key(settings_, {}); }).code(), Errc::invalid);
}

TEST_F(ArchiveKey, is_not_looked_for_where_no_archive_is) {
    settings_.data = folder_ / "nowhere";
    EXPECT_EQ(failure_of([&] { (void)find_archive_key(settings_, {}); }).code(), Errc::not_found);
}

}  // namespace
}  // namespace mailkeep::app
