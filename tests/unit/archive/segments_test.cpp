// SPDX-License-Identifier: Apache-2.0
// Any octets come back; and an attachment is one blob however it was sent.
#include "base64.hpp"
#include "segments.hpp"
#include "taken_message.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

using namespace mailkeep;
using namespace mailkeep::archive;

namespace {

constexpr std::string_view header = "Subject: report\r\nContent-Transfer-Encoding: base64\r\n\r\n";

std::string octets_of(std::uint32_t seed, std::size_t size) {
    std::mt19937 random(seed);
    std::string octets(size, '\0');
    for (auto& octet : octets) {
        octet = static_cast<char>(random());
    }
    return octets;
}

std::string base64_of(std::string_view octets) {
    std::string text(text_size(octets.size()), '\0');
    EXPECT_EQ(encode_base64(octets, text.data()), text.size());
    return text;
}

std::string in_lines(std::string_view text, std::size_t length, std::string_view line_end) {
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += length) {
        lines += text.substr(at, length);
        lines += line_end;
    }
    return lines;
}

const std::string attachment = octets_of(1, 20000);
const std::string attachment_text = base64_of(attachment);

void expect_comes_back(std::string_view raw) {
    const auto taken = take_message(raw);
    const auto back = put_back(taken);
    ASSERT_TRUE(back);
    EXPECT_TRUE(*back == raw) << "of " << raw.size() << " octets";
    for (const auto& [id, octets] : taken.blobs) {
        EXPECT_EQ(id, sha256(octets));
    }
}

/// The message's only blob is the attachment, and hardly anything stays with the message.
void expect_holds_attachment(std::string_view raw) {
    expect_comes_back(raw);
    const auto taken = take_message(raw);
    ASSERT_EQ(taken.blobs.size(), 1U);
    EXPECT_TRUE(taken.blobs.begin()->second == attachment);
    EXPECT_LT(taken.data.size() + taken.recipe.size(), attachment.size() / 4);
}

std::string without_padding(std::string text) {
    text.erase(text.find('='));
    return text;
}

}  // namespace

TEST(Base64, gives_the_known_answers) {
    EXPECT_EQ(base64_of(""), "");
    EXPECT_EQ(base64_of("f"), "Zg==");
    EXPECT_EQ(base64_of("fo"), "Zm8=");
    EXPECT_EQ(base64_of("foo"), "Zm9v");
    EXPECT_EQ(base64_of("foob"), "Zm9vYg==");
    EXPECT_EQ(base64_of("fooba"), "Zm9vYmE=");
    EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64_of("\xFB\xEF\xBE\xFF"), "++++/w==");
}

TEST(Base64, is_decoded_in_pieces_of_any_size) {
    const auto text = without_padding(attachment_text).substr(0, 1002);
    for (const std::size_t piece : {1U, 2U, 3U, 4U, 5U, 75U, 1002U}) {
        Base64Decoder decoder;
        std::string octets(1002, '\0');
        std::size_t size = 0;
        for (std::size_t at = 0; at < text.size(); at += piece) {
            size += decoder.add(std::string_view(text).substr(at, piece), octets.data() + size);
        }
        size += decoder.finish(octets.data() + size);
        EXPECT_EQ(octets.substr(0, size), attachment.substr(0, 751)) << piece;
    }
}

TEST(Segments, leave_a_message_without_base64_as_it_is) {
    const std::string raw = "Subject: a\r\n\r\nHello,\r\n\r\nfine\r\n\r\nRegards\r\n";
    const TakenApart apart(raw);
    EXPECT_TRUE(apart.recipe().ops.empty());
    const auto taken = take_message(raw);
    EXPECT_EQ(taken.recipe, std::string(1, '\0'));
    EXPECT_EQ(taken.data, raw);
    expect_comes_back(raw);
}

TEST(Segments, write_the_recipe_as_the_format_says) {
    const std::string octets = "Octets that say what they are when they are decoded.";
    const auto text = base64_of(octets);
    ASSERT_EQ(text.size(), 72U);
    const auto raw = "A: b\n\n" + in_lines(text, 20, "\n") + "end\n";
    const auto taken = take_message(raw);
    const std::string expected =
        "\x03"           // ops
        "\x18"           // 6 literal
        "\xD1\x01"       // 52 inline
        "\xA3\x02\x53";  // 72 characters, lines of 20, LF, one more
    EXPECT_EQ(taken.recipe, expected);
    EXPECT_EQ(taken.data, "A: b\n\n" + octets + "end\n");
    expect_comes_back(raw);
}

TEST(Segments, write_a_blob_into_the_recipe_as_the_format_says) {
    const auto taken = take_message(std::string(header) + attachment_text);
    std::string expected("\x03\xD8\x01", 3);  // ops, 54 literal
    put_varint(expected, attachment.size() * 4 + 2);
    expected += sha256(attachment).view();
    put_varint(expected, attachment_text.size() * 4 + 3);
    expected += '\0';  // one line, no line end
    EXPECT_EQ(taken.recipe, expected);
    EXPECT_EQ(taken.data, header);
}

TEST(Segments, make_one_blob_of_an_attachment_under_any_line_length_and_line_end) {
    for (const std::size_t length : {16U, 57U, 60U, 64U, 72U, 75U, 76U, 77U, 998U, 30000U}) {
        for (const auto* line_end : {"\r\n", "\n"}) {
            SCOPED_TRACE(std::to_string(length) + testing::PrintToString(line_end));
            expect_holds_attachment(std::string(header) +
                                    in_lines(attachment_text, length, line_end) + "--b--\r\n");
        }
    }
}

TEST(Segments, make_one_blob_of_an_attachment_with_blanks_at_every_line_end) {
    for (const std::size_t length : {60U, 72U, 76U, 998U}) {
        for (const auto* line_end : {" \r\n", "\r\r\n", "\t\n", " \r\n\n"}) {
            SCOPED_TRACE(std::to_string(length) + testing::PrintToString(line_end));
            expect_holds_attachment(std::string(header) +
                                    in_lines(attachment_text, length, line_end) + "--b--\r\n");
        }
    }
}

TEST(Segments, make_one_blob_of_an_attachment_with_something_between_its_lines) {
    const auto lines = in_lines(attachment_text, 76, "\r\n");
    const auto start = lines.substr(0, 7800);  // 100 lines
    const auto rest = lines.substr(7800);
    const auto rest_text = attachment_text.substr(7600);
    const std::string head(header);
    expect_holds_attachment(head + start + "\r\n" + rest);
    expect_holds_attachment(head + start + "\r\n \t\r\n\n" + rest);
    expect_holds_attachment(head + start + " " + rest);
    expect_holds_attachment(head + "\r\n\r\n" + lines);
    expect_holds_attachment(head + start + in_lines(rest_text, 60, "\n"));
    expect_holds_attachment(head + start + in_lines(rest_text.substr(0, 33), 33, "\r\n") +
                            in_lines(rest_text.substr(33), 72, "\r\n"));
    expect_holds_attachment(head + in_lines(attachment_text.substr(0, 7), 7, "\r\n") +
                            in_lines(attachment_text.substr(7), 76, "\r\n"));
    expect_holds_attachment(head + lines + "\r\n_____\r\nfooter of the list\r\n");
    expect_holds_attachment(head + lines + "footer\r\n");
    expect_holds_attachment(head + lines.substr(0, lines.size() - 2));
}

TEST(Segments, make_one_blob_of_an_attachment_whose_padding_is_wrong) {
    ASSERT_TRUE(attachment_text.ends_with("=") && !attachment_text.ends_with("=="));
    const auto bare = without_padding(attachment_text);
    const std::string head(header);
    expect_holds_attachment(head + in_lines(bare, 76, "\r\n"));
    expect_holds_attachment(head + in_lines(bare, 76, "\r\n") + "=\r\n");
    expect_holds_attachment(head + in_lines(bare + "==", 76, "\r\n"));
    expect_holds_attachment(head + in_lines(bare + "====", 76, "\r\n"));
    expect_holds_attachment(head + in_lines(bare, 76, "\r\n") + "\r\n--b\r\n");
}

TEST(Segments, make_one_blob_of_an_attachment_with_unused_bits_that_are_set) {
    const auto bare = without_padding(attachment_text);
    auto odd = bare;
    ASSERT_EQ(sextet_of(odd.back()) & 3U, 0U);
    odd.back() = static_cast<char>(odd.back() + 1);
    ASSERT_EQ(sextet_of(odd.back()) & 0x3CU, sextet_of(bare.back()) & 0x3CU);
    const std::string head(header);
    for (const std::size_t length : {76U, 77U, 1U + 76U * 10U, 30000U}) {
        expect_holds_attachment(head + in_lines(odd + "=", length, "\r\n"));
        expect_holds_attachment(head + in_lines(odd, length, "\r\n") + "=\r\n");
        expect_holds_attachment(head + in_lines(odd, length, "\n"));
    }
    // The character alone on its line: the line end before it belongs to the run.
    expect_holds_attachment(head + in_lines(odd, odd.size() - 1, "\r\n"));
    expect_holds_attachment(head + in_lines(odd + "=", odd.size() - 1, "\r\n"));
}

TEST(Segments, drop_a_character_that_completes_no_octet) {
    const auto whole = base64_of(attachment.substr(0, 18000));
    const auto raw = std::string(header) + in_lines(whole + "Q", 76, "\r\n");
    const auto taken = take_message(raw);
    ASSERT_EQ(taken.blobs.size(), 1U);
    EXPECT_EQ(taken.blobs.begin()->second, attachment.substr(0, 18000));
    expect_comes_back(raw);
}

TEST(Segments, begin_a_new_body_behind_padding) {
    const auto lines = in_lines(attachment_text, 76, "\r\n");
    const auto other = octets_of(2, 17000);
    const auto raw = std::string(header) + lines + in_lines(base64_of(other), 76, "\r\n") + lines;
    const auto taken = take_message(raw);
    EXPECT_EQ(taken.blobs.size(), 2U);
    EXPECT_TRUE(taken.blobs.contains(sha256(attachment)));
    EXPECT_TRUE(taken.blobs.contains(sha256(other)));
    EXPECT_EQ(TakenApart(raw).recipe().blobs.size(), 3U);
    expect_comes_back(raw);
}

TEST(Segments, keep_small_bodies_with_the_message) {
    const auto small = octets_of(3, fewest_blob_octets - 1);
    const auto large = octets_of(3, fewest_blob_octets);
    const auto raw = in_lines(base64_of(small), 76, "\r\n") + "\r\n--b\r\n\r\n" +
                     in_lines(base64_of(large), 76, "\r\n");
    const auto taken = take_message(raw);
    EXPECT_EQ(taken.blobs.size(), 1U);
    EXPECT_TRUE(taken.blobs.contains(sha256(large)));
    EXPECT_EQ(taken.data, small + "\r\n--b\r\n\r\n");
    expect_comes_back(raw);
}

TEST(Segments, give_blobs_in_pieces_of_the_size_asked_for) {
    const auto raw = std::string(header) + in_lines(attachment_text, 76, "\r\n");
    const TakenApart apart(raw);
    for (const std::size_t piece : {1000U, 6667U, 19999U, 20000U, 20001U}) {
        std::string octets;
        apart.for_each_piece(0, piece, [&](std::string_view got) {
            EXPECT_EQ(got.size(), std::min(piece, attachment.size() - octets.size()));
            octets += got;
        });
        EXPECT_TRUE(octets == attachment) << piece;
    }
}

TEST(Segments, are_put_together_from_sources_that_give_little_at_once) {
    const auto raw = std::string(header) + in_lines(attachment_text, 76, "\r\n") +
                     "\r\n--b\r\n\r\n" + in_lines(base64_of(octets_of(4, 5000)), 60, "\n");
    const auto taken = take_message(raw);
    for (const std::size_t piece : {1U, 2U, 100U, 5000U}) {
        EXPECT_TRUE(put_back(taken, piece) == raw) << piece;
    }
}

TEST(Segments, are_not_put_together_when_data_or_a_blob_are_missing) {
    const auto raw = std::string(header) + in_lines(attachment_text, 76, "\r\n") +
                     "\r\n--b\r\n\r\n" + in_lines(base64_of(octets_of(4, 5000)), 60, "\n");
    const TakenApart apart(raw);
    const auto taken = take_message(raw);
    const auto no_blob = [](const BlobRef&, std::uint64_t) { return std::string_view(); };
    const auto sink = [](std::string_view) {};
    for (const std::size_t size : {std::size_t{0}, header.size() - 1, taken.data.size() - 1}) {
        std::string_view left = std::string_view(taken.data).substr(0, size);
        const auto data = [&](std::uint64_t most) {
            const auto octets = left.substr(0, most);
            left.remove_prefix(octets.size());
            return octets;
        };
        EXPECT_FALSE(put_together(apart.recipe(), data, no_blob, sink));
        left = std::string_view(taken.data).substr(0, size);
        const auto blob = [](const BlobRef&, std::uint64_t offset) {
            return std::string_view(attachment).substr(offset);
        };
        EXPECT_FALSE(put_together(apart.recipe(), data, blob, sink));
    }
}

TEST(Segments, come_back_when_cut_off_at_any_place) {
    const auto small = std::string(header) + in_lines(base64_of(octets_of(5, 400)), 76, "\r\n") +
                       "\r\n" + in_lines(base64_of(octets_of(6, 401)), 60, "\n") + "Zm8=\r\n";
    for (std::size_t size = 0; size <= small.size(); ++size) {
        expect_comes_back(std::string_view(small).substr(0, size));
    }
    const auto large = std::string(header) + in_lines(attachment_text, 76, "\r\n");
    for (std::size_t size = large.size() - 90; size <= large.size(); ++size) {
        expect_comes_back(std::string_view(large).substr(0, size));
    }
}

TEST(Segments, come_back_when_lines_are_ragged_or_broken) {
    const std::string text = base64_of(octets_of(7, 3000));
    for (const std::string_view raw :
         {std::string_view("\r\n\r\n"), std::string_view("\r"), std::string_view("\n\r\n\r"),
          std::string_view("===="), std::string_view("\n="), std::string_view("\0\n\0", 3)}) {
        expect_comes_back(raw);
        expect_comes_back(text + std::string(raw));
        expect_comes_back(std::string(raw) + text);
        expect_comes_back(text + std::string(raw) + text);
        expect_comes_back(in_lines(text, 76, raw));
        expect_comes_back(in_lines(text, 77, raw));
        expect_comes_back(in_lines(text, 3, raw));
        expect_comes_back(in_lines(text, 1, raw));
    }
}

TEST(Segments, come_back_after_any_change) {
    constexpr std::string_view signs = "\r\n =A/zQ\t\0-";
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        const std::size_t lengths[] = {1, 4, 13, 60, 75, 76, 998};
        std::string raw(header);
        for (auto parts = random() % 3 + 1; parts > 0; --parts) {
            const auto octets = octets_of(random(), random() % 2500 + (seed % 20 == 0 ? 17000 : 0));
            raw += in_lines(base64_of(octets), lengths[random() % 7], random() % 2 ? "\r\n" : "\n");
            raw += random() % 2 ? "\r\n--b\r\n\r\n" : "";
        }
        for (auto changes = random() % 30; changes > 0; --changes) {
            const auto at = random() % raw.size();
            const auto sign = signs[random() % signs.size()];
            switch (random() % 3) {
                case 0:
                    raw[at] = sign;
                    break;
                case 1:
                    raw.insert(at, random() % 3 + 1, sign);
                    break;
                default:
                    raw.erase(at, random() % 4);
                    break;
            }
        }
        expect_comes_back(raw);
    }
}

TEST(Segments, stay_few_when_base64_is_everywhere) {
    std::string raw;
    const auto lines = in_lines(attachment_text.substr(0, 100), 50, "\n") + "-\n";
    for (std::size_t i = 0; i < most_ops * 2 / 5; ++i) {
        raw += lines;
    }
    const auto ops = TakenApart(raw).recipe().ops.size();
    EXPECT_LE(ops, most_ops);
    EXPECT_GT(ops, most_ops * 9 / 10);
    expect_comes_back(raw);
}

TEST(Segments, stay_few_when_runs_are_short) {
    auto raw = attachment_text.substr(0, 76) + "\n";
    for (std::size_t i = 0; i < 200000; ++i) {
        raw += attachment_text.substr(i % 7, 4 + i * 7 % 5) + (i % 2 == 0 ? "\n" : " \n");
    }
    EXPECT_LE(TakenApart(raw).recipe().ops.size(), most_ops);
    expect_comes_back(raw);
}

TEST(Segments, bring_back_every_file_of_the_corpus) {
    const char* const named = std::getenv("MAILKEEP_CORPUS");
    const auto corpus =
        named != nullptr
            ? std::filesystem::path(named)
            : (std::filesystem::path(MAILKEEP_SOURCE) / "../shared/corpus").lexically_normal();
    if (!std::filesystem::exists(corpus)) {
        GTEST_SKIP() << "no mail corpus at " << corpus;
    }
    int read = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
        if (!entry.is_regular_file())
            continue;
        SCOPED_TRACE(entry.path().string());
        std::ifstream file(entry.path(), std::ios::binary);
        expect_comes_back(
            std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()));
        ++read;
    }
    EXPECT_GT(read, 1000);
}
