// SPDX-License-Identifier: Apache-2.0
// https://www.sqlite.org/fts5.html#custom_tokenizers tells how to come by FTS5's tokenizers.
#include "tokenizer.hpp"

#include "mailkeep/base/error.hpp"

#include "unspaced.hpp"

#include <sqlite3.h>

#include <array>
#include <optional>
#include <utility>

namespace mailkeep::catalog {

struct Tokenizer::Parts {
    fts5_tokenizer functions{};
    Fts5Tokenizer* instance = nullptr;
};

namespace {

constexpr const char* our_name = "mailkeep";

using TokenSink = int (*)(void*, int, const char*, int, int, int);

fts5_api* api_of(const Database& database) {
    fts5_api* api = nullptr;
    sqlite3_stmt* handle = nullptr;
    sqlite3_prepare_v2(database.handle(), "SELECT fts5(?1)", -1, &handle, nullptr);
    const PreparedStatement statement(handle);
    sqlite3_bind_pointer(handle, 1, &api, "fts5_api_ptr", nullptr);
    sqlite3_step(handle);
    MAILKEEP_ASSERT(api != nullptr);
    return api;
}

/// What FTS5 knows as an Fts5Tokenizer of ours.
struct Words {
    fts5_tokenizer unicode{};
    Fts5Tokenizer* instance = nullptr;
};

/// One text on its way into tokens. A run of n characters gives its n-1 pairs and then its last
/// character alone, so that every character begins a token and can be found as a prefix. A query
/// that ends in a run is without that: there the text may go on.
class Tokens {
  public:
    Tokens(const Words& words, int flags, std::string_view text, void* into, TokenSink sink)
        : words_(words), flags_(flags), text_(text), into_(into), sink_(sink) {}

    int emit() {
        int code = SQLITE_OK;
        for (std::size_t at = 0; code == SQLITE_OK && at < text_.size();) {
            const auto run = next_unspaced_run(text_, at);
            code = emit_spaced(at, run.start);
            if (code == SQLITE_OK && !run.characters.empty()) {
                code = emit_pairs(run.characters);
            }
            at = run.end;
        }
        const bool may_go_on = (flags_ & FTS5_TOKENIZE_QUERY) != 0 && !is_alone_;
        return code == SQLITE_OK && !may_go_on ? emit_last() : code;
    }

  private:
    int emit_spaced(std::size_t start, std::size_t end) {
        base_ = static_cast<int>(start);
        return words_.unicode.xTokenize(words_.instance, this, flags_, text_.data() + start,
                                        static_cast<int>(end - start), pass_on);
    }

    static int pass_on(void* self, int flags, const char* token, int size, int start,
                       int end) noexcept {
        auto& tokens = *static_cast<Tokens*>(self);
        const int code = tokens.emit_last();
        return code == SQLITE_OK ? tokens.sink_(tokens.into_, flags, token, size,
                                                tokens.base_ + start, tokens.base_ + end)
                                 : code;
    }

    int emit_pairs(const std::vector<UnspacedCharacter>& characters) {
        int code = emit_last();
        for (std::size_t i = 1; code == SQLITE_OK && i < characters.size(); ++i) {
            std::string pair;
            append_character(pair, characters[i - 1].code);
            append_character(pair, characters[i].code);
            code = emit_token(pair, characters[i - 1].start, characters[i].end);
        }
        last_ = characters.back();
        is_alone_ = characters.size() == 1;
        return code;
    }

    int emit_last() {
        if (!last_) {
            return SQLITE_OK;
        }
        std::string alone;
        append_character(alone, last_->code);
        const int code = emit_token(alone, last_->start, last_->end);
        last_.reset();
        return code;
    }

    int emit_token(const std::string& token, std::size_t start, std::size_t end) {
        return sink_(into_, 0, token.data(), static_cast<int>(token.size()),
                     static_cast<int>(start), static_cast<int>(end));
    }

    const Words& words_;
    int flags_;
    std::string_view text_;
    void* into_;
    TokenSink sink_;
    int base_ = 0;                           ///< of what unicode61 has now
    std::optional<UnspacedCharacter> last_;  ///< of a run; to be emitted before what follows
    bool is_alone_ = false;                  ///< it is the whole run
};

void delete_words(Fts5Tokenizer* tokenizer) noexcept {
    const std::unique_ptr<Words> words(reinterpret_cast<Words*>(tokenizer));
    if (words->instance != nullptr) {
        words->unicode.xDelete(words->instance);
    }
}

int create_words(void* user_data, const char** /*options*/, int /*count*/,
                 Fts5Tokenizer** made) noexcept {
    auto* api = static_cast<fts5_api*>(user_data);
    auto words = std::make_unique<Words>();
    void* context = nullptr;
    int code = api->xFindTokenizer(api, "unicode61", &context, &words->unicode);
    std::array options{"remove_diacritics", "2"};
    if (code == SQLITE_OK) {
        code = words->unicode.xCreate(context, options.data(), static_cast<int>(options.size()),
                                      &words->instance);
    }
    if (code == SQLITE_OK) {
        *made = reinterpret_cast<Fts5Tokenizer*>(words.release());
    }
    return code;
}

int tokenize_words(Fts5Tokenizer* tokenizer, void* into, int flags, const char* text, int size,
                   TokenSink sink) noexcept {
    const std::string_view octets(text == nullptr ? "" : text, static_cast<std::size_t>(size));
    return Tokens(*reinterpret_cast<Words*>(tokenizer), flags, octets, into, sink).emit();
}

int append_token(void* into, int /*flags*/, const char* token, int size, int /*start*/,
                 int /*end*/) noexcept {
    auto& text = *static_cast<std::string*>(into);
    text.append(text.empty() ? "" : " ").append(token, static_cast<std::size_t>(size));
    return SQLITE_OK;
}

int take_token(void* into, int /*flags*/, const char* token, int size, int start,
               int end) noexcept {
    const auto& take = *static_cast<const std::function<bool(Token)>*>(into);
    const bool goes_on = take({std::string(token, static_cast<std::size_t>(size)),
                               static_cast<std::size_t>(start), static_cast<std::size_t>(end)});
    return goes_on ? SQLITE_OK : SQLITE_DONE;
}

struct Unaccented {
    std::string_view text;
    std::string made;
    std::size_t at = 0;
};

/// Pairs overlap: one that begins within the last token has been said already.
int replace_token(void* into, int /*flags*/, const char* token, int size, int start,
                  int end) noexcept {
    auto& [text, made, at] = *static_cast<Unaccented*>(into);
    const auto from = static_cast<std::size_t>(start);
    if (from >= at) {
        made.append(text.substr(at, from - at)).append(token, static_cast<std::size_t>(size));
        at = static_cast<std::size_t>(end);
    }
    return SQLITE_OK;
}

template <std::string (Tokenizer::*method)(std::string_view) const>
void text_function(sqlite3_context* context, int /*count*/, sqlite3_value** values) noexcept {
    const auto& tokenizer = *static_cast<const Tokenizer*>(sqlite3_user_data(context));
    const auto* octets = static_cast<const char*>(sqlite3_value_blob(values[0]));
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
    const auto text = (tokenizer.*method)(octets == nullptr ? "" : std::string_view(octets, size));
    sqlite3_result_text64(context, text.c_str(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

}  // namespace

void register_tokenizer(const Database& database) {
    auto* api = api_of(database);
    fts5_tokenizer functions{create_words, delete_words, tokenize_words};
    const int code = api->xCreateTokenizer(api, our_name, api, &functions, nullptr);
    if (code != SQLITE_OK) {
        database.fail(code);
    }
}

Tokenizer::Tokenizer(const Database& database) : parts_(std::make_unique<Parts>()) {
    auto* api = api_of(database);
    void* context = nullptr;
    int code = api->xFindTokenizer(api, our_name, &context, &parts_->functions);
    if (code == SQLITE_OK) {
        code = parts_->functions.xCreate(context, nullptr, 0, &parts_->instance);
    }
    const auto give = [&](const char* name, auto* function) {
        if (code == SQLITE_OK) {
            code = sqlite3_create_function_v2(database.handle(), name, 1,
                                              SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                              this, function, nullptr, nullptr, nullptr);
        }
    };
    give("folded", text_function<&Tokenizer::folded>);
    give("unaccented", text_function<&Tokenizer::unaccented>);
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

std::vector<Token> Tokenizer::tokens(std::string_view text, Purpose purpose) const {
    std::vector<Token> found;
    for_each_token(text, purpose, [&](Token token) {
        found.push_back(std::move(token));
        return true;
    });
    return found;
}

void Tokenizer::for_each_token(std::string_view text, Purpose purpose,
                               const std::function<bool(Token)>& take) const {
    const int flags = purpose == Purpose::query ? FTS5_TOKENIZE_QUERY : FTS5_TOKENIZE_DOCUMENT;
    auto sink = take;
    parts_->functions.xTokenize(parts_->instance, &sink, flags, text.data(),
                                static_cast<int>(text.size()), take_token);
}

std::string Tokenizer::unaccented(std::string_view text) const {
    Unaccented state{text, "", 0};
    parts_->functions.xTokenize(parts_->instance, &state, FTS5_TOKENIZE_DOCUMENT, text.data(),
                                static_cast<int>(text.size()), replace_token);
    return state.made.append(text.substr(state.at));
}

bool Tokenizer::ends_in_beginning(std::string_view text) const {
    const auto words = folded(text);
    return is_one_unspaced(std::string_view(words).substr(words.rfind(' ') + 1));
}

}  // namespace mailkeep::catalog
