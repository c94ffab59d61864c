# mailkeep_embed(<room> <name> <folder> <glob>...) puts files into mailkeep_<room> with .incbin and
# makes the function  std::span<const mailkeep::EmbeddedFile> mailkeep::embedded_<name>()
# (declared by whoever uses it; sorted by path). The assembler copies the octets as they are.
function(mailkeep_embed room name folder)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/)
  file(GLOB files CONFIGURE_DEPENDS ${ARGN})
  mailkeep_embed_files(${room} ${name} ${CMAKE_CURRENT_SOURCE_DIR}/${folder} ${files})
endfunction()

function(mailkeep_embed_files room name folder)
  set(files ${ARGN})
  list(SORT files)
  set(stem ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name})
  set(assembly ".section .note.GNU-stack,\"\",%progbits\n.section .rodata\n")
  set(externs "")
  set(rows "")
  set(count 0)
  foreach(file IN LISTS files)
    file(RELATIVE_PATH path ${folder} ${file})
    set(symbol mailkeep_${name}_${count})
    string(APPEND assembly ".global ${symbol}\n.global ${symbol}_end\n.balign 16\n${symbol}:\n"
           ".incbin \"${file}\"\n${symbol}_end:\n.byte 0\n")
    string(APPEND externs "extern \"C\" const char ${symbol}[];\nextern \"C\" const char ${symbol}_end[];\n")
    string(APPEND rows "        {\"${path}\", {${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})}},\n")
    math(EXPR count "${count}+1")
  endforeach()
  file(CONFIGURE OUTPUT ${stem}.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${stem}.cpp CONTENT
"#include \"mailkeep/base/embedded.hpp\"\n\n#include <array>\n\n${externs}
namespace mailkeep {
std::span<const EmbeddedFile> embedded_${name}();
std::span<const EmbeddedFile> embedded_${name}() {
    static const std::array<EmbeddedFile, ${count}> files{{
${rows}    }};
    return files;
}
}  // namespace mailkeep
" @ONLY)
  set_source_files_properties(${stem}.S PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(mailkeep_${room} PRIVATE ${stem}.S ${stem}.cpp)
endfunction()
