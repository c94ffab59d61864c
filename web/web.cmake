# The page: built with npm, put into the binary by src/base/embed.cmake.
find_program(MAILKEEP_NPM npm REQUIRED)
set(page_folder ${CMAKE_CURRENT_SOURCE_DIR}/web)
set(page_built ${CMAKE_CURRENT_BINARY_DIR}/page)
set(page_files ${page_built}/index.html ${page_built}/app.js ${page_built}/app.css
    ${page_built}/icon.svg)
file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS ${page_folder}/src/* ${page_folder}/public/*)

add_custom_command(
  OUTPUT ${page_folder}/node_modules/.package-lock.json
  COMMAND ${MAILKEEP_NPM} ci --no-audit --no-fund
  DEPENDS ${page_folder}/package.json ${page_folder}/package-lock.json
  WORKING_DIRECTORY ${page_folder}
  COMMENT "Installing what the page is built with" VERBATIM)
add_custom_command(
  OUTPUT ${page_files}
  COMMAND ${MAILKEEP_NPM} run build -- --outDir ${page_built} --emptyOutDir
  DEPENDS ${page_folder}/node_modules/.package-lock.json ${page_sources} ${page_folder}/index.html
          ${page_folder}/vite.config.ts ${page_folder}/svelte.config.js ${page_folder}/tsconfig.json
  WORKING_DIRECTORY ${page_folder}
  COMMENT "Building the page" VERBATIM)
mailkeep_embed_files(http page ${page_built} ${page_files})
target_compile_definitions(mailkeep_http PRIVATE MAILKEEP_WEB)
