// SPDX-License-Identifier: Apache-2.0
#include "attachment_text.hpp"
#include "documents.hpp"

#include <gmock/gmock.h>

namespace mailkeep::extract {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

Extracted text_in(Format format, std::string octets) {
    mail::Part part;
    part.body = std::move(octets);
    return attachment_text(part, format);
}

}  // namespace

TEST(OfficeText, is_that_of_paragraphs_whose_words_are_cut_into_runs) {
    const auto found =
        text_in(Format::office,
                docx_of("<w:p><w:r><w:t>Quar</w:t></w:r><w:r><w:t>terly</w:t></w:r><w:r><w:tab/>"
                        "<w:instrText>PAGEREF</w:instrText></w:r></w:p>" +
                        paragraph_of("K&amp;K &#252;ber")));
    EXPECT_EQ(found.trouble, Trouble::none);
    EXPECT_EQ(found.text,
              "Quarterly K&K \xC3\xBC"
              "ber\n");
}

TEST(OfficeText, is_that_of_cells_and_shared_strings_not_of_their_numbers) {
    const auto found = text_in(
        Format::office,
        zip_of({{"xl/worksheets/sheet1.xml",
                 R"(<worksheet><sheetData><row><c t="s"><v>77</v></c><c><v>1234.5</v></c>)"
                 R"(<c t="inlineStr"><is><t>inline</t></is></c></row></sheetData></worksheet>)"},
                {"xl/sharedStrings.xml", "<sst><si><t>shared</t></si></sst>"},
                {"xl/styles.xml", "<t>styled</t>"}}));
    EXPECT_EQ(found.trouble, Trouble::none);
    EXPECT_THAT(found.text, AllOf(HasSubstr("shared"), HasSubstr("1234.5"), HasSubstr("inline"),
                                  Not(HasSubstr("77")), Not(HasSubstr("styled"))));
}

TEST(OfficeText, is_that_of_slides_and_of_open_documents) {
    const auto slides = text_in(
        Format::office,
        zip_of({{"ppt/slides/slide1.xml", "<a:p xmlns:a='a'><a:r><a:t>vision</a:t></a:r></a:p>"},
                {"ppt/notesSlides/notesSlide1.xml", "<a:t xmlns:a='a'>whisper</a:t>"}}));
    EXPECT_EQ(slides.text, "vision\nwhisper");
    const auto document =
        text_in(Format::office,
                zip_of({{"mimetype", "application/vnd.oasis.opendocument.text"},
                        {"content.xml",
                         "<o:d xmlns:o='o'><o:styles>Heading</o:styles><o:body><o:h>Title</o:h>"
                         "<o:p>two<o:s/>words <o:span>more</o:span></o:p></o:body></o:d>"}}));
    EXPECT_EQ(document.trouble, Trouble::none);
    EXPECT_EQ(document.text, "Title\ntwo words more\n");
}

TEST(OfficeText, says_when_it_is_no_document) {
    EXPECT_EQ(text_in(Format::office, "").trouble, Trouble::broken);
    EXPECT_EQ(text_in(Format::office, "\xD0\xCF\x11\xE0 encrypted").trouble, Trouble::broken);
    EXPECT_EQ(text_in(Format::office, zip_of({{"a.txt", "x"}})).trouble, Trouble::broken);
    const auto broken = text_in(
        Format::office, docx_of(paragraph_of("before") + std::string(9'999, ' ') + "<w:p></w:x>"));
    EXPECT_EQ(broken.trouble, Trouble::broken);
    EXPECT_EQ(broken.text, "before\n");
    const auto whole = docx_of(paragraph_of("before"));
    for (std::size_t size = 0; size < whole.size(); size += 7) {
        static_cast<void>(text_in(Format::office, whole.substr(0, size)));  // must come to an end
    }
}

TEST(OfficeText, expands_no_entity_and_fetches_nothing) {
    std::string laughs = "<!DOCTYPE w [<!ENTITY a0 'ha'>";
    for (int i = 1; i < 12; ++i) {
        const auto before = "&a" + std::to_string(i - 1) + ";";
        laughs += "<!ENTITY a" + std::to_string(i) + " '";
        for (int j = 0; j < 10; ++j) {
            laughs += before;
        }
        laughs += "'>";
    }
    const auto bomb =
        text_in(Format::office,
                zip_of({{"word/document.xml", laughs + "]><w><p x='&a11;'><t>&a11;</t></p></w>"}}));
    EXPECT_EQ(bomb.trouble, Trouble::broken);
    EXPECT_EQ(bomb.text, "");
    const auto thief =
        text_in(Format::office, zip_of({{"word/document.xml",
                                         "<!DOCTYPE w [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
                                         "<w><t>&f;</t></w>"}}));
    EXPECT_EQ(thief.trouble, Trouble::broken);
    EXPECT_EQ(thief.text, "");
}

TEST(OfficeText, ends_where_a_bomb_begins) {
    const auto bomb =
        text_in(Format::office, docx_of("<w:p a='" + std::string(9'000'000, ' ') + "'/>" +
                                        std::string(std::size_t{50} << 20, ' ')));
    EXPECT_EQ(bomb.trouble, Trouble::too_large);
    Entries many;
    for (int i = 0; i < 10'001; ++i) {
        many.emplace_back("word/footer" + std::to_string(i) + ".xml", "<t/>");
    }
    EXPECT_EQ(text_in(Format::office, zip_of(many)).trouble, Trouble::too_large);
    std::string deep;
    for (int i = 0; i < 100'000; ++i) {
        deep += "<w:p>";
    }
    EXPECT_EQ(text_in(Format::office, docx_of(deep)).trouble, Trouble::broken);
}

TEST(OfficeText, is_cut_at_a_whole_character) {
    std::string text;
    while (text.size() <= most_text) {
        text += "\xE2\x82\xAC" + std::to_string(text.size());
    }
    const auto found = text_in(Format::office, docx_of(paragraph_of(text)));
    EXPECT_EQ(found.trouble, Trouble::cut);
    EXPECT_LE(found.text.size(), most_text);
    EXPECT_GT(found.text.size(), most_text - 4);
    EXPECT_TRUE(is_valid_utf8(found.text));
}

TEST(AttachmentText, is_html_as_a_reader_sees_it) {
    EXPECT_EQ(text_in(Format::html, "<p>one<script>two</script><p>three").text, "one\n\nthree");
}

TEST(AttachmentText, unfolds_calendars_and_cards_and_leaves_photos_out) {
    const auto found =
        text_in(Format::folded,
                "BEGIN:VCARD\r\nFN:Ada Love\r\n lace\r\nNOTE:first\\nsecond\\, third\r\n"
                "PHOTO;ENCODING=b:QUJD\r\n REVG\r\nEND:VCARD\r\n");
    EXPECT_THAT(found.text, AllOf(HasSubstr("Ada Lovelace\n"), HasSubstr("first second, third\n"),
                                  Not(HasSubstr("QUJD")), Not(HasSubstr("REVG"))));
}

TEST(AttachmentText, is_text_in_any_charset_and_a_message_with_its_heading) {
    EXPECT_EQ(text_in(Format::text,
                      "gr\xFC\xDF"
                      "e aus K\xF6ln")
                  .text,
              "gr\xC3\xBC\xC3\x9F"
              "e aus K\xC3\xB6ln");
    EXPECT_THAT(
        text_in(Format::message, "Subject: inner\r\nFrom: ada@example.org\r\n\r\nletter").text,
        AllOf(HasSubstr("inner"), HasSubstr("ada@example.org"), HasSubstr("letter")));
    EXPECT_EQ(text_in(Format::text, std::string(most_text + 1, 'a')).trouble, Trouble::cut);
}

}  // namespace mailkeep::extract
