// SPDX-License-Identifier: Apache-2.0
// A catalog that is lost, damaged, of another time or at odds with the archive. It is derived: it
// comes back by itself or says which command brings it back, and equals what it was.
#include "mailkeep/base/error.hpp"
#include "mailkeep/catalog/catalog.hpp"
#include "mailkeep/sync/check.hpp"
#include "mailkeep/sync/rebuild.hpp"

#include "pack_scene.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace mailkeep::fault {
namespace {

namespace fs = std::filesystem;

class LostCatalog : public testing::Test {
  protected:
    void SetUp() override {
        scene.prepare(folder.path());
        fs::copy(data, early, fs::copy_options::recursive);
        scene.work(folder.path(), nullptr);
        original = fingerprint();
    }

    [[nodiscard]] std::map<std::string, Digest> fingerprint() const {
        return catalog::Catalog(data, catalog::Access::read_write).fingerprint();
    }

    void for_each_file(const std::function<void(const fs::path&)>& work) const {
        for (const auto& name : catalog::file_names()) {
            if (fs::exists(data / name)) {
                work(data / name);
            }
        }
    }

    void overwrite(const std::string& name, std::string_view octets) const {
        std::ofstream(data / name, std::ios::binary | std::ios::trunc)
            .write(octets.data(), static_cast<std::streamsize>(octets.size()));
    }

    void expect_it_comes_back() {
        scene.work(folder.path(), nullptr);
        EXPECT_EQ(fingerprint(), original);
        EXPECT_EQ(scene.look(folder.path(), last_batch) + scene.look_at_end(folder.path()), "");
    }

    void expect_rebuild_brings_it_back() {
        try {
            scene.work(folder.path(), nullptr);
            // What was damaged may be what nobody reads; then a check has to find it.
            EXPECT_FALSE(sync::check(data, archive::Depth::full).damaged.empty());
        } catch (const Error& error) {
            EXPECT_NE(error.hint().find("rebuild"), std::string::npos)
                << error.what() << ": " << error.hint();
        }
        {
            const archive::Archive archive(data, archive::Access::read_write);
            static_cast<void>(sync::rebuild(archive));
        }
        expect_it_comes_back();
    }

    KeeperScene scene;
    test::TempDir folder;
    fs::path data = folder / "data";
    fs::path early = folder / "early";
    std::map<std::string, Digest> original;
};

TEST_F(LostCatalog, comes_back_when_all_of_it_is_gone) {
    for_each_file([](const fs::path& file) { fs::remove(file); });
    expect_it_comes_back();
}

TEST_F(LostCatalog, comes_back_when_its_files_are_empty) {
    for_each_file([](const fs::path& file) { fs::resize_file(file, 0); });
    expect_it_comes_back();
}

TEST_F(LostCatalog, comes_back_from_one_of_its_two_files) {
    for (const auto* const name : {"mailkeep.db", "search.db"}) {
        fs::remove(data / name);
        expect_it_comes_back();
    }
}

TEST_F(LostCatalog, catches_up_from_an_older_backup_of_either_file_or_both) {
    for (const auto& names : std::vector<std::vector<std::string>>{
             {"mailkeep.db"}, {"search.db"}, {"mailkeep.db", "search.db"}}) {
        for (const auto& name : names) {
            fs::copy_file(early / name, data / name, fs::copy_options::overwrite_existing);
        }
        expect_it_comes_back();
    }
}

TEST_F(LostCatalog, is_brought_back_when_it_is_garbage_or_cut_short) {
    for (const auto* const name : {"mailkeep.db", "search.db"}) {
        for (const char octet : {'x', '\0'}) {
            overwrite(name, std::string(60'000, octet));
            expect_rebuild_brings_it_back();
        }
        fs::resize_file(data / name, fs::file_size(data / name) / 2);
        expect_rebuild_brings_it_back();
    }
}

TEST_F(LostCatalog, is_brought_back_when_a_log_stands_without_its_database) {
    for_each_file([](const fs::path& file) { fs::remove(file); });
    overwrite("mailkeep.db-wal", std::string(40'000, 'w'));
    expect_it_comes_back();
}

TEST_F(LostCatalog, of_the_future_is_left_alone) {
    // The field of the database header that PRAGMA user_version reads.
    std::fstream file(data / "mailkeep.db", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(60).write("\x00\x01\x00\x00", 4);
    file.close();
    const auto before = fs::file_size(data / "mailkeep.db");
    EXPECT_THROW(scene.work(folder.path(), nullptr), Error);
    EXPECT_EQ(fs::file_size(data / "mailkeep.db"), before);
}

TEST_F(LostCatalog, that_knows_more_than_the_archive_stops_all_writing) {
    fs::remove_all(data / "journal");
    fs::copy(early / "journal", data / "journal", fs::copy_options::recursive);
    const auto before = files_of(data);
    try {
        scene.work(folder.path(), nullptr);
        FAIL() << "went on over a lost end";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::corrupt) << error.what();
    }
    EXPECT_EQ(files_of(data), before);
    EXPECT_FALSE(sync::check(data, archive::Depth::full).damaged.empty());
}

TEST_F(LostCatalog, that_knows_less_than_the_archive_learns_it) {
    for_each_file([](const fs::path& file) { fs::remove(file); });
    fs::copy_file(early / "mailkeep.db", data / "mailkeep.db");
    fs::copy_file(early / "search.db", data / "search.db");
    expect_it_comes_back();
}

/// The catalog of a sealed archive, and one from before that.
class CatalogAndPacks : public testing::Test {
  protected:
    void SetUp() override {
        scene.prepare(folder.path());
        keep_catalog(early);
        scene.work(folder.path(), nullptr);
        original = fingerprint();
    }

    void keep_catalog(const fs::path& place) const {
        fs::create_directory(place);
        for (const auto& name : catalog::file_names()) {
            if (fs::exists(data / name)) {
                fs::copy_file(data / name, place / name);
            }
        }
    }

    [[nodiscard]] std::map<std::string, Digest> fingerprint() const {
        return catalog::Catalog(data, catalog::Access::read_write).fingerprint();
    }

    void expect_all_is_well() {
        EXPECT_EQ(sync::check(data, archive::Depth::full).damaged.size(), 0U);
        EXPECT_EQ(scene.look(folder.path(), scene.end()) + scene.look_at_end(folder.path()), "");
        EXPECT_EQ(fingerprint(), original);
        const catalog::Catalog catalog(data, catalog::Access::read_only);
        catalog.for_each_stored([&](const StoredMessage& message) {
            EXPECT_TRUE(fs::exists(data / message.location.file)) << message.location.file;
        });
    }

    MergeScene scene;
    test::TempDir folder;
    fs::path data = folder / "data";
    fs::path early = folder / "early";
    std::map<std::string, Digest> original;
};

TEST_F(CatalogAndPacks, that_knows_other_packs_learns_of_these) {
    for (const auto& name : catalog::file_names()) {
        fs::remove(data / name);
        if (fs::exists(early / name)) {
            fs::copy_file(early / name, data / name);
        }
    }
    scene.work(folder.path(), nullptr);
    expect_all_is_well();
}

TEST_F(CatalogAndPacks, that_are_gone_are_named_and_nothing_is_written_until_they_are_back) {
    const auto name = archive::Archive(data, archive::Access::read_only).packs().at(0).name;
    fs::rename(data / name, folder / "away");
    EXPECT_FALSE(sync::check(data, archive::Depth::full).damaged.empty());
    const auto before = files_of(data);
    try {
        scene.work(folder.path(), nullptr);
        FAIL() << "went on without its packs";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::corrupt) << error.what();
    }
    EXPECT_EQ(files_of(data), before);
    fs::rename(folder / "away", data / name);
    scene.work(folder.path(), nullptr);
    expect_all_is_well();
}

TEST_F(CatalogAndPacks, whose_places_the_catalog_has_wrong_give_everything_all_the_same) {
    const auto name = archive::Archive(data, archive::Access::read_only).packs().at(0).name;
    {
        catalog::Catalog catalog(data, catalog::Access::read_write);
        const StoredMessage nowhere{
            .content_id = sha256(mail(1)), .size = mail(1).size(), .location = {name, 64, 1}};
        catalog.adopt(name, std::vector{nowhere}, time_of_batch(1));
        // Its place is looked for in the archive, and found.
        const archive::Archive archive(data, archive::Access::read_only);
        EXPECT_EQ(archive.get(*catalog.stored(sha256(mail(1)))), mail(1));
    }
    expect_all_is_well();
}

}  // namespace
}  // namespace mailkeep::fault
