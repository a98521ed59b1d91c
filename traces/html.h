// A trace as one HTML file that explains itself: lanes, suspended calls, arrows, changes, races,
// the reasons and the alternatives, with the keyboard, search and links to a view.
//
// The file needs nothing else: no network (its policy forbids it), no server, and without
// JavaScript it still shows the steps, the races and the reasons as text. What draws is in
// traces/page/, built into the library; what it draws is the document that `to_json` writes.
#pragma once

#include <string>

#include <heddle/traces/trace.h>

namespace heddle {

/// The whole file. Of very many alternatives at a step only the first are in it.
std::string to_html(const Trace& trace);

/// The same page without a document: it asks the server that it came from for documents, and for
/// what comes of the events that are chosen in it (traces/page/live.js says how). `about` is what
/// it knows at first, in JSON.
std::string to_live_html(const std::string& scenario, const std::string& about);

}  // namespace heddle
