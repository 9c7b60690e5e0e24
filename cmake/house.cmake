# How this house builds C: one standard, one set of warnings, one way to declare
# a library and a test.  Flags are set once here, never in a folder's own file.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(AMAPSTORM_SANITIZE "" CACHE STRING "asan, tsan or nothing")
option(AMAPSTORM_FUZZ "build the libFuzzer targets (clang)" OFF)

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Everything is compiled with these.  Frame pointers stay in every preset: the
# recorder's stacks are walked by them.
add_library(house_flags INTERFACE)
target_compile_definitions(house_flags INTERFACE _GNU_SOURCE)
target_include_directories(house_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(house_flags INTERFACE
	-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wno-unused-parameter
	-fno-omit-frame-pointer -fno-common -g
	-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=
	$<$<C_COMPILER_ID:GNU>:-mno-omit-leaf-frame-pointer>
	$<$<CONFIG:Debug>:-O1>)
target_link_libraries(house_flags INTERFACE Threads::Threads)

if(AMAPSTORM_SANITIZE STREQUAL "asan")
	set(house_san -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(AMAPSTORM_SANITIZE STREQUAL "tsan")
	set(house_san -fsanitize=thread)
elseif(NOT AMAPSTORM_SANITIZE STREQUAL "")
	message(FATAL_ERROR
	    "AMAPSTORM_SANITIZE is '${AMAPSTORM_SANITIZE}'; expected asan, tsan or nothing")
endif()
if(house_san)
	target_compile_definitions(house_flags INTERFACE HOUSE_SANITIZED=1)
	target_compile_options(house_flags INTERFACE ${house_san})
	target_link_options(house_flags INTERFACE ${house_san})
endif()
if(AMAPSTORM_FUZZ)
	target_compile_options(house_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What is installed and measured is one program to the optimiser, too: targets
# that are HOUSE_WHOLE.  Libraries have ordinary code besides, for others.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT house_san)
	set(whole "$<BOOL:$<TARGET_PROPERTY:HOUSE_WHOLE>>")
	set(whole "$<AND:$<NOT:$<CONFIG:Debug>>,${whole}>")
	target_compile_options(house_flags INTERFACE
	    "$<${whole}:-flto=auto;-ffat-lto-objects>")
	target_link_options(house_flags INTERFACE
	    "$<IF:${whole},-flto=auto,-fno-lto>")
	set(house_apart -fno-lto)	# of a source of top-level assembly
endif()

# house_library(name SOURCES a.c ... [LINKS lib ...])
# A folder's static library.
function(house_library name)
	cmake_parse_arguments(H "" "" "SOURCES;LINKS" ${ARGN})
	add_library(${name} STATIC ${H_SOURCES})
	target_link_libraries(${name} PUBLIC ${H_LINKS} PRIVATE house_flags)
	target_include_directories(${name} PUBLIC
	    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
	set_target_properties(${name} PROPERTIES HOUSE_WHOLE ON)
endfunction()

# house_installed_plain(library)
# What the optimiser wrote for itself would bind those who link the installed
# library to the compiler that built it: it stays here.
function(house_installed_plain name)
	if(NOT house_apart)
		return()
	endif()
	set(dir "\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}")
	install(CODE "execute_process(COMMAND \"${CMAKE_OBJCOPY}\"
	    --remove-section .gnu.lto_* --remove-section .gnu.debuglto_*
	    --strip-symbol __gnu_lto_v1
	    \"${dir}/${CMAKE_INSTALL_LIBDIR}/$<TARGET_FILE_NAME:${name}>\"
	    COMMAND_ERROR_IS_FATAL ANY)")
endfunction()

# house_test(path.of.test SOURCES a.c ... LINKS lib ...
#            [ARGS arg ...] [LABELS label ...] [TIMEOUT seconds]
#            [SIZED] [ALONE])
# A test program named like its path; registered as that CTest name.  Timeouts
# are there to end a hang, not to measure: they are generous.  SIZED: it does
# less with a sanitizer (tests/size.h), and path.whole all of it.  ALONE: one
# thread and much work; ThreadSanitizer is slow on it and has nothing to see.
function(house_test path)
	cmake_parse_arguments(H "SIZED;ALONE" "TIMEOUT"
	    "SOURCES;LINKS;ARGS;LABELS" ${ARGN})
	if(NOT H_TIMEOUT)
		set(H_TIMEOUT 300)
	endif()
	if(H_ALONE AND AMAPSTORM_SANITIZE STREQUAL "tsan")
		list(APPEND H_LABELS full)
	endif()
	string(REPLACE "." "_" target "test_${path}")
	add_executable(${target} ${H_SOURCES})
	target_link_libraries(${target} PRIVATE ${H_LINKS} house_flags)
	add_test(NAME ${path} COMMAND ${target} ${H_ARGS})
	set_tests_properties(${path} PROPERTIES
	    TIMEOUT ${H_TIMEOUT} LABELS "${H_LABELS}")
	if(H_SIZED AND AMAPSTORM_SANITIZE)
		add_test(NAME ${path}.whole COMMAND ${target} ${H_ARGS})
		set_tests_properties(${path}.whole PROPERTIES TIMEOUT 1800
		    LABELS full ENVIRONMENT HOUSE_WHOLE=1)
	endif()
endfunction()

# table_sources(out table.def prefix)
# The source files named by the rows of a .def table: ROW(name, ...) stands for
# prefix_name.c.  The same table is what C includes, so there is no second list.
function(table_sources out table prefix)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
	    ${CMAKE_CURRENT_SOURCE_DIR}/${table})
	file(STRINGS ${table} rows REGEX "^[A-Z_]+\\(")
	set(files "")
	foreach(row IN LISTS rows)
		string(REGEX REPLACE "^[A-Z_]+\\(([a-z0-9_]+).*" "\\1" name "${row}")
		list(APPEND files ${prefix}_${name}.c)
	endforeach()
	set(${out} ${files} PARENT_SCOPE)
endfunction()

# loads_subjects(target)
# A program that loads external subjects exports to them what amap says they
# may need, and nothing else.
function(loads_subjects target)
	get_property(list GLOBAL PROPERTY subject_needs)
	target_link_options(${target} PRIVATE LINKER:--dynamic-list=${list})
	set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${list})
endfunction()

# Calls to libc's copies from hooked code go to the hooks; and the compiler
# must make them calls.  A user who builds a shared object links it with
# -Wl,--wrap=memcpy and so on instead.
set(house_hooks -fsanitize=thread
	-fno-builtin-memcpy -fno-builtin-memmove -fno-builtin-memset)

# house_hooked(name SOURCES a.c ... [LINKS lib ...])
# A static library of code with memory hooks (locks/memory_int.h) for whoever
# links locks_memory.  With ThreadSanitizer itself it is an ordinary one.
function(house_hooked name)
	house_library(${name} ${ARGN})
	target_compile_options(${name} PRIVATE ${house_hooks})
	set_target_properties(${name} PROPERTIES HOUSE_WHOLE OFF)
	if(NOT AMAPSTORM_SANITIZE STREQUAL "tsan")
		add_custom_command(TARGET ${name} POST_BUILD
			COMMAND ${CMAKE_OBJCOPY}
			    --redefine-sym memcpy=__tsan_memcpy
			    --redefine-sym memmove=__tsan_memmove
			    --redefine-sym memset=__tsan_memset
			    $<TARGET_FILE:${name}>
			VERBATIM)
	endif()
endfunction()
