// SPDX-License-Identifier: Apache-2.0
#include "format.hpp"

#include "mailkeep/base/text.hpp"

#include "word_list.hpp"

#include <string>

namespace mailkeep::extract {

namespace {

/// Readers look for it in the first KiB (ISO 32000-1, annex H.3.4.1).
bool begins_as_pdf(std::string_view octets) {
    return octets.substr(0, 1024).find("%PDF-") != std::string_view::npos;
}

std::string extension_of(const std::string& file_name) {
    const auto dot = file_name.rfind('.');
    return dot == std::string::npos ? std::string() : to_lower_ascii(file_name.substr(dot + 1));
}

Format format_of_type(std::string_view type) {
    if (type == "application/pdf") {
        return Format::pdf;
    }
    if (type.starts_with("application/vnd.openxmlformats-officedocument.") ||
        type.starts_with("application/vnd.oasis.opendocument.")) {
        return Format::office;
    }
    if (is_one_of(type, {"text/html", "application/xhtml+xml"})) {
        return Format::html;
    }
    if (is_one_of(type, {"text/calendar", "text/vcard", "text/x-vcard", "text/directory"})) {
        return Format::folded;
    }
    return Format::none;
}

Format format_of_extension(std::string_view extension) {
    if (extension == "pdf") {
        return Format::pdf;
    }
    if (is_one_of(extension, {"docx", "docm", "xlsx", "xlsm", "pptx", "pptm", "odt", "ods", "odp",
                              "ott", "ots", "otp"})) {
        return Format::office;
    }
    if (is_one_of(extension, {"html", "htm", "xhtml"})) {
        return Format::html;
    }
    if (extension == "eml") {
        return Format::message;
    }
    if (is_one_of(extension, {"ics", "vcf"})) {
        return Format::folded;
    }
    return is_one_of(extension, {"txt", "csv", "tsv", "md", "log"}) ? Format::text : Format::none;
}

}  // namespace

/// A whole message inside another is in the tree, with parts of its own.
Format format_of(const mail::Part& part) {
    if (!part.is_attachment || part.role != mail::Role::other ||
        is_one_of(part.content_type, {"message/rfc822", "message/global"})) {
        return Format::none;
    }
    if (begins_as_pdf(part.body)) {
        return Format::pdf;
    }
    if (const auto format = format_of_type(part.content_type); format != Format::none) {
        return format;
    }
    if (const auto format = format_of_extension(extension_of(part.file_name));
        format != Format::none) {
        return format;
    }
    return part.content_type.starts_with("text/") ? Format::text : Format::none;
}

}  // namespace mailkeep::extract
