#include <deque>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/internal/lexer.h>
#include <heddle/wasm/candid/internal/type_parser.h>
#include <heddle/wasm/candid/internal/type_table.h>

namespace heddle::candid {

using internal::Lexer;
using internal::Part;
using internal::Token;
using internal::TypeNode;
using internal::TypeRef;
using internal::TypeView;

/// Reads a text and those that it imports into one table of types.
class InterfaceParser {
 public:
  explicit InterfaceParser(const DidOptions& options) : options_(options) {}

  Interface parse(std::string_view text) {
    imported_.emplace(std::filesystem::path(options_.source).lexically_normal().string(), true);
    read(text, options_.source, true);
    types_.resolve();
    Interface result;
    for (const auto& [name, type] : types_.definitions()) {
      result.definitions_.emplace_back(name, types_.finished(type));
    }
    for (const Part& part : init_arguments_) {
      result.init_arguments_.emplace_back(part.label.name, types_.finished(part.type));
    }
    if (!services_.empty()) {
      result.service_ = types_.finished(united());
    }
    return result;
  }

 private:
  struct Service {
    Lexer* lexer;
    std::size_t offset;
    TypeRef type;
  };

  struct Source {
    std::string text;
    std::optional<Lexer> lexer;
  };

  /// `with_service`: whether the text's service is wanted, not only its types.
  void read(std::string_view text, const std::string& file, bool with_service) {
    // Uses of names refer to their lexer until they are resolved, and the lexer to the text.
    Source& source = sources_.emplace_back();
    source.text = text;
    Lexer& lexer = source.lexer.emplace(source.text, file);
    while (lexer.peek().kind != Token::Kind::kEnd && !lexer.at_name("service")) {
      if (lexer.take_name("import")) {
        import(lexer, file);
      } else if (lexer.take_name("type")) {
        define(lexer);
      } else {
        lexer.fail("expected type, import or service, found " + lexer.found());
      }
      if (!lexer.take_symbol(";") && lexer.peek().kind != Token::Kind::kEnd &&
          !lexer.at_name("service")) {
        lexer.fail("expected ; after a definition, found " + lexer.found());
      }
    }
    if (lexer.at_name("service")) {
      service(lexer, with_service);
    }
    lexer.expect_end();
  }

  void define(Lexer& lexer) {
    const Token name = lexer.next();
    if (name.kind != Token::Kind::kName) {
      lexer.fail_at(name.offset, "expected the name of a type");
    }
    lexer.expect_symbol("=", "the name of a type");
    types_.define(lexer, name.text, name.offset, types_.type(lexer));
  }

  void import(Lexer& lexer, const std::string& from) {
    const bool with_service = lexer.take_name("service");
    const Token name = lexer.next();
    if (name.kind != Token::Kind::kText) {
      lexer.fail_at(name.offset, "expected the name of a file in double quotes");
    }
    const std::string file =
        (std::filesystem::path(from).parent_path() / name.text).lexically_normal().string();
    if (imported_.contains({file, true}) || !imported_.insert({file, with_service}).second) {
      return;
    }
    const std::optional<std::string> text = options_.load ? options_.load(file) : std::nullopt;
    if (!text) {
      lexer.fail_at(name.offset, fmt::format("{} cannot be read", file),
                    options_.load ? "imports are looked for beside the file that imports them"
                                  : "this text does not come from a file, so that there is nothing "
                                    "beside it to import");
    }
    const std::size_t services = services_.size();
    if (with_service && imported_.contains({file, false})) {
      lexer.fail_at(name.offset, "import service of this file stands behind import of it",
                    "leave out the other one; import service imports the types as well");
    }
    read(*text, file, with_service);
    if (with_service && services_.size() == services) {
      lexer.fail_at(name.offset, fmt::format("{} has no service", file));
    }
  }

  void service(Lexer& lexer, bool wanted) {
    const std::size_t offset = lexer.next().offset;
    if (lexer.peek().kind == Token::Kind::kName || lexer.peek().kind == Token::Kind::kText) {
      lexer.next();  // a name that says nothing
    }
    lexer.expect_symbol(":", "service");
    std::vector<Part> arguments;
    if (lexer.at_symbol("(")) {
      arguments = types_.tuple(lexer);
      lexer.expect_symbol("->", "the service's arguments");
    }
    TypeRef type;
    if (lexer.at_symbol("{")) {
      type = types_.service(lexer);
    } else if (lexer.peek().kind == Token::Kind::kName) {
      const Token name = lexer.next();
      type = types_.use(lexer, name.text, name.offset);
    } else {
      lexer.fail("expected the service's methods or the name of its type, found " + lexer.found());
    }
    lexer.take_symbol(";");
    if (!wanted) {
      return;
    }
    services_.push_back({&lexer, offset, type});
    if (&lexer == &*sources_.front().lexer) {
      init_arguments_ = std::move(arguments);
    }
  }

  /// The methods of this service and of the imported ones.
  TypeRef united() {
    TypeNode all;
    all.kind = Kind::kService;
    for (const Service& service : services_) {
      const TypeRef type = types_.resolved(service.type);
      const TypeView view(types_.builder().table().get(), type);
      if (view.kind() != Kind::kService) {
        service.lexer->fail_at(
            service.offset,
            fmt::format("the service's type is no service but {}", internal::to_text(view)));
      }
      if (services_.size() == 1) {
        return type;
      }
      all.parts.insert(all.parts.end(), view.node().parts.begin(), view.node().parts.end());
    }
    try {
      internal::sort_parts(all);
    } catch (const CandidError& error) {
      services_.back().lexer->fail_at(services_.back().offset, error.details().problem,
                                      "an imported service has it as well");
    }
    return types_.builder().add(std::move(all));
  }

  const DidOptions& options_;
  internal::TypeParser types_;
  std::deque<Source> sources_;
  std::set<std::pair<std::string, bool>> imported_;
  std::vector<Service> services_;
  std::vector<Part> init_arguments_;
};

std::optional<Type> Interface::definition(std::string_view name) const {
  for (const auto& [defined, type] : definitions_) {
    if (defined == name) {
      return type;
    }
  }
  return std::nullopt;
}

std::optional<Type> Interface::method(std::string_view name) const {
  return service_ ? service_->method(name) : std::nullopt;
}

std::vector<std::string> Interface::method_names() const {
  std::vector<std::string> names;
  if (service_) {
    for (const Method& method : service_->methods()) {
      names.push_back(method.name);
    }
  }
  return names;
}

std::string Interface::to_text() const {
  std::string text;
  for (const auto& [name, type] : definitions_) {
    const bool is_alias = !type.name().empty() && type.name() != name;
    text += fmt::format(
        "type {} = {};\n", name,
        is_alias ? std::string(type.name()) : internal::definition_text(TypeView(type)));
  }
  if (!service_) {
    return text;
  }
  text += "service : ";
  if (!init_arguments_.empty()) {
    const std::string constructor =
        internal::definition_text(TypeView(Type::func(init_arguments_, std::vector<Argument>())));
    text += constructor.substr(5, constructor.rfind("->") - 5) + "-> ";  // behind "func "
  }
  if (!service_->name().empty()) {
    return text + std::string(service_->name()) + "\n";
  }
  if (service_->methods().empty()) {
    return text + "{}\n";
  }
  text += "{\n";
  for (const Method& method : service_->methods()) {
    const bool is_named = !method.type.name().empty();
    text += fmt::format("  {} : {};\n", quoted_unless_plain(method.name),
                        is_named ? std::string(method.type.name())
                                 : internal::definition_text(TypeView(method.type)).substr(5));
  }
  return text + "}\n";
}

ParseOptions Interface::parse_options() const {
  ParseOptions options;
  options.type_of_name = [definitions = definitions_](std::string_view name) {
    for (const auto& [defined, type] : definitions) {
      if (defined == name) {
        return std::optional(type);
      }
    }
    return std::optional<Type>();
  };
  return options;
}

Interface parse_did(std::string_view text, const DidOptions& options) {
  return InterfaceParser(options).parse(text);
}

Interface load_did(const std::filesystem::path& file) {
  DidOptions options;
  options.source = file.string();
  options.load = [](const std::string& name) -> std::optional<std::string> {
    std::ifstream in(name, std::ios::binary);
    if (!in) {
      return std::nullopt;
    }
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  };
  const std::optional<std::string> text = options.load(options.source);
  if (!text) {
    CandidError::Details details;
    details.problem = fmt::format("{} cannot be read", file.string());
    throw CandidError(std::move(details));
  }
  return parse_did(*text, options);
}

}  // namespace heddle::candid
