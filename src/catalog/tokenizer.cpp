// SPDX-License-Identifier: Apache-2.0
// https://www.sqlite.org/fts5.html#custom_tokenizers tells how to come by FTS5's tokenizers.
#include "tokenizer.hpp"

#include "mailkeep/base/error.hpp"

#include <sqlite3.h>

#include <array>

namespace mailkeep::catalog {

struct Tokenizer::Parts {
    fts5_tokenizer functions{};
    Fts5Tokenizer* instance = nullptr;
};

namespace {

fts5_api* api_of(const Database& database) {
    fts5_api* api = nullptr;
    sqlite3_stmt* handle = nullptr;
    sqlite3_prepare_v2(database.handle(), "SELECT fts5(?1)", -1, &handle, nullptr);
    const PreparedStatement statement(handle);
    sqlite3_bind_pointer(handle, 1, &api, "fts5_api_ptr", nullptr);
    sqlite3_step(handle);
    return api;
}

int append_token(void* into, int /*flags*/, const char* token, int size, int /*start*/,
                 int /*end*/) noexcept {
    auto& text = *static_cast<std::string*>(into);
    text.append(text.empty() ? "" : " ").append(token, static_cast<std::size_t>(size));
    return SQLITE_OK;
}

void folded_function(sqlite3_context* context, int /*count*/, sqlite3_value** values) noexcept {
    const auto& tokenizer = *static_cast<const Tokenizer*>(sqlite3_user_data(context));
    const auto* octets = static_cast<const char*>(sqlite3_value_blob(values[0]));
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
    const auto text = tokenizer.folded(octets == nullptr ? "" : std::string_view(octets, size));
    sqlite3_result_text64(context, text.c_str(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

}  // namespace

Tokenizer::Tokenizer(const Database& database) : parts_(std::make_unique<Parts>()) {
    auto* api = api_of(database);
    MAILKEEP_ASSERT(api != nullptr);
    void* context = nullptr;
    int code = api->xFindTokenizer(api, "unicode61", &context, &parts_->functions);
    std::array options{"remove_diacritics", "2"};  // as in migrations/search_0001.sql
    if (code == SQLITE_OK) {
        code = parts_->functions.xCreate(context, options.data(), static_cast<int>(options.size()),
                                         &parts_->instance);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_create_function_v2(database.handle(), "folded", 1,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                          this, folded_function, nullptr, nullptr, nullptr);
    }
    if (code != SQLITE_OK) {
        database.fail(code);
    }
}

Tokenizer::~Tokenizer() {
    if (parts_->instance != nullptr) {
        parts_->functions.xDelete(parts_->instance);
    }
}

std::string Tokenizer::folded(std::string_view text) const {
    std::string words;
    parts_->functions.xTokenize(parts_->instance, &words, FTS5_TOKENIZE_QUERY, text.data(),
                                static_cast<int>(text.size()), append_token);
    return words;
}

}  // namespace mailkeep::catalog
