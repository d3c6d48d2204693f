fetchd_unit_test(tasks_test
  SOURCES
    tasks_article_pages_test.cpp
    tasks_article_test.cpp
    tasks_charset_test.cpp
    tasks_detect_test.cpp
    tasks_document_test.cpp
    tasks_hash_test.cpp
    tasks_html_test.cpp
    tasks_jsonld_test.cpp
    tasks_links_test.cpp
    tasks_main_test.cpp
    tasks_markdown_options_test.cpp
    tasks_markdown_test.cpp
    tasks_metadata_date_test.cpp
    tasks_metadata_test.cpp
    tasks_microdata_test.cpp
    tasks_page_test.cpp
    tasks_option_test.cpp
    tasks_perform_test.cpp
    tasks_rdfa_test.cpp
    tasks_resolver_test.cpp
    tasks_table_test.cpp
  DEPENDS fetchd_tasks Boost::json)

fetchd_unit_test(data_test
  SOURCES
    feed_date_test.cpp
    feed_test.cpp
    jq_test.cpp
    sitemap_test.cpp
    xml_events_test.cpp
  DEPENDS fetchd_tasks Boost::json PkgConfig::FETCHD_CODINGS)

# Speed of the tasks beside bare parsing: build it by name, run it on files.
add_executable(tasks_bench EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/bench/tasks_bench.cpp)
target_link_libraries(tasks_bench PRIVATE fetchd_tasks)

# PDF documents and images.
find_package(JPEG REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(FETCHD_TEST_WEBP REQUIRED IMPORTED_TARGET libwebp)
fetchd_unit_test(media_test
  SOURCES
    ${PROJECT_SOURCE_DIR}/tests/support/image_writer.cpp
    ${PROJECT_SOURCE_DIR}/tests/support/pdf_writer.cpp
    tasks_confined_test.cpp
    tasks_image_test.cpp
    tasks_pdf_clean_test.cpp
    tasks_pdf_test.cpp
    tasks_thumbnail_test.cpp
  DEPENDS fetchd_tasks Boost::json OpenSSL::Crypto JPEG::JPEG ZLIB::ZLIB PkgConfig::FETCHD_TEST_WEBP)

# Fields picked by selectors.
fetchd_unit_test(select_test
  SOURCES
    select_css_syntax_test.cpp
    select_css_test.cpp
    select_test.cpp
    select_xpath_test.cpp
  DEPENDS fetchd_tasks)
