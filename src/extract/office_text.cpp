// SPDX-License-Identifier: Apache-2.0
#include "office_text.hpp"

#include "mailkeep/base/text.hpp"

#include "word_list.hpp"
#include "zip_entries.hpp"

#include <libxml/xmlreader.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace mailkeep::extract {

namespace {

enum class Kind { none, ooxml, open_document };

/// Entries that hold text; a "*" stands for any number, which is what tells slides apart.
constexpr std::array<std::string_view, 11> ooxml_entries{"word/document*.xml",
                                                         "word/header*.xml",
                                                         "word/footer*.xml",
                                                         "word/footnotes.xml",
                                                         "word/endnotes.xml",
                                                         "word/comments.xml",
                                                         "xl/sharedStrings.xml",
                                                         "xl/worksheets/sheet*.xml",
                                                         "xl/comments*.xml",
                                                         "ppt/slides/slide*.xml",
                                                         "ppt/notesSlides/notesSlide*.xml"};

bool matches(std::string_view name, std::string_view pattern) {
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) {
        return name == pattern;
    }
    const auto front = pattern.substr(0, star);
    const auto back = pattern.substr(star + 1);
    return name.size() >= front.size() + back.size() && name.starts_with(front) &&
           name.ends_with(back);
}

Kind kind_of(std::string_view name) {
    if (name == "content.xml") {
        return Kind::open_document;
    }
    const bool is_ooxml = std::any_of(ooxml_entries.begin(), ooxml_entries.end(),
                                      [&](const auto pattern) { return matches(name, pattern); });
    return is_ooxml ? Kind::ooxml : Kind::none;
}

/// Collects text while the elements go by, told apart by their local names.
class Collector {
  public:
    Collector(Kind kind, std::string& text) : kind_(kind), text_(text) {}

    /// `type` is what an attribute t says, as that of a spreadsheet's cell.
    void begin(std::string_view name, std::string_view type) {
        element_ = name;
        is_in_body_ = is_in_body_ || name == "body";
        if (name == "c") {
            is_shared_ = type == "s";  // its value is the number of a shared string
        }
        if (is_one_of(name, {"tab", "br", "s", "line-break"})) {
            separate(' ');
        }
    }

    void add(std::string_view text) {
        const bool is_wanted = kind_ == Kind::open_document
                                   ? is_in_body_
                                   : element_ == "t" || (element_ == "v" && !is_shared_);
        if (is_wanted) {
            text_ += text;
        }
    }

    void end(std::string_view name) {
        element_.clear();
        if (is_one_of(name, {"p", "h", "si", "c", "table-cell", "tc"})) {
            separate('\n');
        }
    }

  private:
    /// Not after another: empty paragraphs and cells may be many.
    void separate(char separator) {
        if (!text_.empty() && text_.back() != ' ' && text_.back() != '\n') {
            text_ += separator;
        }
    }

    Kind kind_;
    std::string& text_;
    std::string element_;  ///< that began last and has not ended
    bool is_in_body_ = false;
    bool is_shared_ = false;
};

std::string_view view_of(const xmlChar* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

std::string attribute_t(xmlTextReader* reader) {
    const std::unique_ptr<xmlChar, decltype(xmlFree)> value(
        xmlTextReaderGetAttribute(reader, reinterpret_cast<const xmlChar*>("t")), xmlFree);
    return std::string(view_of(value.get()));
}

int read_entry(void* entries, char* into, int room) {
    return static_cast<ZipEntries*>(entries)->read(into, room);
}

/// Nothing is fetched and no entity is expanded. Neither format has a document type (ECMA-376 part
/// 2, 8.1.4): one that has wants to declare entities.
Trouble read_xml(ZipEntries& entries, Kind kind, std::string& text) {
    const std::unique_ptr<xmlTextReader, decltype(&xmlFreeTextReader)> reader(
        xmlReaderForIO(
            read_entry, nullptr, &entries, nullptr, nullptr,
            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA),
        &xmlFreeTextReader);
    if (reader == nullptr) {
        return Trouble::broken;
    }
    Collector collector(kind, text);
    int code = 0;
    while ((code = xmlTextReaderRead(reader.get())) == 1 && text.size() <= most_text) {
        const auto name = view_of(xmlTextReaderConstLocalName(reader.get()));
        switch (xmlTextReaderNodeType(reader.get())) {
            case XML_READER_TYPE_DOCUMENT_TYPE:
                return Trouble::broken;
            case XML_READER_TYPE_ELEMENT:
                collector.begin(name, name == "c" ? attribute_t(reader.get()) : "");
                if (xmlTextReaderIsEmptyElement(reader.get()) == 1) {
                    collector.end(name);
                }
                break;
            case XML_READER_TYPE_TEXT:
            case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
                collector.add(view_of(xmlTextReaderConstValue(reader.get())));
                break;
            case XML_READER_TYPE_END_ELEMENT:
                collector.end(name);
                break;
            default:
                break;
        }
    }
    return code < 0 ? Trouble::broken : Trouble::none;
}

}  // namespace

Extracted office_text(std::string_view document) {
    Extracted extracted;
    ZipEntries entries(document);
    bool is_document = false;
    while (const auto name = entries.next()) {
        const auto kind = kind_of(*name);
        if (kind == Kind::none) {
            continue;
        }
        is_document = true;
        const auto trouble = read_xml(entries, kind, extracted.text);
        if (extracted.text.size() > most_text) {
            extracted.text.resize(clip(extracted.text, most_text).size());
            extracted.trouble = Trouble::cut;
            return extracted;
        }
        if (extracted.trouble == Trouble::none) {
            extracted.trouble = trouble;
        }
    }
    if (entries.trouble() != Trouble::none) {
        extracted.trouble = entries.trouble();
    } else if (!is_document) {
        extracted.trouble = Trouble::broken;
    }
    return extracted;
}

}  // namespace mailkeep::extract
