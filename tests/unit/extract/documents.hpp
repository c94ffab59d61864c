// SPDX-License-Identifier: Apache-2.0
// Attachments made for a test, and messages that carry them.
#pragma once

#include "mailkeep/base/text.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailkeep::extract {

using Entries = std::vector<std::pair<std::string, std::string>>;

inline std::string zip_of(const Entries& entries) {
    std::string zip;
    auto* writer = archive_write_new();
    archive_write_set_format_zip(writer);
    archive_write_set_bytes_in_last_block(writer, 1);
    const auto append = [](struct archive*, void* into, const void* octets,
                           std::size_t count) -> la_ssize_t {
        static_cast<std::string*>(into)->append(static_cast<const char*>(octets), count);
        return static_cast<la_ssize_t>(count);
    };
    archive_write_open(writer, &zip, nullptr, append, nullptr);
    for (const auto& [name, octets] : entries) {
        auto* entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.c_str());
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, static_cast<la_int64_t>(octets.size()));
        archive_write_header(writer, entry);
        archive_write_data(writer, octets.data(), octets.size());
        archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
    return zip;
}

inline std::string docx_of(const std::string& paragraphs) {
    return zip_of(
        {{"[Content_Types].xml", "<Types/>"},
         {"word/document.xml", R"(<?xml version="1.0"?><w:document xmlns:w="w"><w:body>)" +
                                   paragraphs + "</w:body></w:document>"}});
}

inline std::string paragraph_of(const std::string& text) {
    return "<w:p><w:r><w:t>" + text + "</w:t></w:r></w:p>";
}

/// One page that says this, in parentheses-free ASCII.
inline std::string pdf_of(const std::string& text) {
    const auto page = "BT /F1 12 Tf 72 720 Td (" + text + ") Tj ET";
    const std::vector<std::string> objects{
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        "<< /Length " + std::to_string(page.size()) + " >>\nstream\n" + page + "\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"};
    std::string pdf = "%PDF-1.4\n";
    std::string table = "xref\n0 6\n0000000000 65535 f \n";
    for (std::size_t i = 0; i < objects.size(); ++i) {
        const auto place = std::to_string(pdf.size());
        table += std::string(10 - place.size(), '0') + place + " 00000 n \n";
        pdf += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
    }
    return pdf + table + "trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n" +
           std::to_string(pdf.size()) + "\n%%EOF\n";
}

struct Attachment {
    std::string name;
    std::string octets;
    std::string type = "application/octet-stream";
};

inline std::string message_with(const std::vector<Attachment>& attachments) {
    std::string message =
        "Subject: attached\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=between\r\n\r\n"
        "--between\r\nContent-Type: text/plain\r\n\r\nforeword\r\n";
    for (const auto& [name, octets, type] : attachments) {
        message += "--between\r\nContent-Type: " + type +
                   "\r\nContent-Disposition: attachment; filename=\"" + name +
                   "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        const auto encoded = to_base64(octets);
        for (std::size_t at = 0; at < encoded.size(); at += 76) {
            message += encoded.substr(at, 76) + "\r\n";
        }
    }
    return message + "--between--\r\n";
}

}  // namespace mailkeep::extract
