package dev.lockstep.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A mapping in a YAML file, read key by key. Whoever reads one asks for all the keys that there may
 * be, and then calls {@link #end}, which refuses all others.
 */
final class Section {
  private static final long MAX_FILE = 1 << 20;

  private final Path file;
  private final String prefix;
  private final JsonNode node;
  private final Set<String> known = new LinkedHashSet<>();

  private Section(Path file, String prefix, JsonNode node) {
    this.file = file;
    this.prefix = prefix;
    this.node = node;
  }

  /** Reads a file. */
  static Section read(Path file) throws IOException {
    try {
      if (Files.size(file) > MAX_FILE) {
        throw new ConfigException(file + " is too long: more than 1 MiB");
      }
      JsonNode node = parse(Files.readString(file));
      if (node == null || !node.isObject()) {
        throw new ConfigException(file + " must hold keys and values, like 'id: 0'");
      }
      return new Section(file, "", node);
    } catch (NoSuchFileException e) {
      throw new ConfigException("there is no file " + file, e);
    } catch (CharacterCodingException e) {
      throw new ConfigException(file + " is no text in UTF-8", e);
    } catch (JacksonException e) {
      String where = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
      throw new ConfigException(
          file + where + " is no YAML: " + firstLine(e.getOriginalMessage()), e);
    }
  }

  private static JsonNode parse(String text) throws IOException {
    return JsonMapper.builder(new YAMLFactory())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .build()
        .readTree(text);
  }

  private static String firstLine(String message) {
    return message == null ? "it cannot be read" : message.strip().lines().findFirst().orElse("");
  }

  private ConfigException wrong(String key, String rule) {
    return new ConfigException(
        file + ": " + prefix + key + " is " + node.get(key) + " but must be " + rule);
  }

  boolean has(String key) {
    known.add(key);
    return node.hasNonNull(key);
  }

  private JsonNode required(String key) throws ConfigException {
    if (!has(key)) {
      // An unknown key is the likelier mistake, and the sentence for it is the better one.
      refuseMisspellingOf(key);
      throw new ConfigException(file + ": " + prefix + key + " is missing");
    }
    return node.get(key);
  }

  private void refuseMisspellingOf(String key) throws ConfigException {
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (Spelling.isClose(name, key)) {
        throw new ConfigException(unknown(name, List.of(key)));
      }
    }
  }

  String string(String key) throws ConfigException {
    JsonNode value = required(key);
    if (!value.isTextual()) {
      throw wrong(key, "a text (in quotes if it looks like a number)");
    }
    return value.textValue();
  }

  /** A path, relative to the folder that the file is in. */
  Path path(String key) throws ConfigException {
    return file.resolveSibling(string(key)).normalize();
  }

  int integer(String key) throws ConfigException {
    JsonNode value = required(key);
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrong(key, "a whole number");
    }
    return value.intValue();
  }

  long number(String key) throws ConfigException {
    JsonNode value = required(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(key, "a whole number");
    }
    return value.longValue();
  }

  int integer(String key, int otherwise) throws ConfigException {
    return has(key) ? integer(key) : otherwise;
  }

  int port(String key) throws ConfigException {
    int port = integer(key);
    if (port < 1 || port > 65_535) {
      throw wrong(key, "1 to 65535");
    }
    return port;
  }

  boolean flag(String key) throws ConfigException {
    JsonNode value = required(key);
    if (!value.isBoolean()) {
      throw wrong(key, "true or false");
    }
    return value.booleanValue();
  }

  long quantity(String key, Units units) throws ConfigException {
    return units.parse(required(key).asText()).orElseThrow(() -> wrong(key, units.rule()));
  }

  long quantity(String key, Units units, long otherwise) throws ConfigException {
    return has(key) ? quantity(key, units) : otherwise;
  }

  /** A size that has to fit an int. */
  int size(String key) throws ConfigException {
    long size = quantity(key, Units.SIZE);
    if (size > Integer.MAX_VALUE) {
      throw wrong(key, "less than 2 GiB");
    }
    return (int) size;
  }

  <T> T oneOf(String key, Map<String, T> choices) throws ConfigException {
    T value = choices.get(required(key).asText());
    if (value == null) {
      throw wrong(key, "one of " + String.join(", ", choices.keySet()));
    }
    return value;
  }

  /** The value as something else. */
  <T> T parsed(String key, Parser<T> parser) throws ConfigException {
    String text = string(key);
    try {
      return parser.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(file + ": " + prefix + key + ": " + e.getMessage(), e);
    }
  }

  /** Throws {@link IllegalArgumentException} with a sentence. */
  @FunctionalInterface
  interface Parser<T> {
    T parse(String text);
  }

  Section section(String key) throws ConfigException {
    JsonNode value = required(key);
    if (!value.isObject()) {
      throw wrong(key, "a section: lines of 'key: value', indented");
    }
    return new Section(file, prefix + key + ".", value);
  }

  List<Section> sections(String key) throws ConfigException {
    JsonNode value = required(key);
    if (!value.isArray()) {
      throw wrong(key, "a list: entries that begin with '- '");
    }
    List<Section> sections = new ArrayList<>();
    for (JsonNode element : value) {
      String name = prefix + key + "[" + sections.size() + "]";
      if (!element.isObject()) {
        throw new ConfigException(
            file + ": " + name + " is " + element + " but must be lines of 'key: value'");
      }
      sections.add(new Section(file, name + ".", element));
    }
    return sections;
  }

  /** Refuses a value, also one that was left out, that does not keep a rule. */
  void require(boolean holds, String key, String value, String rule) throws ConfigException {
    if (!holds) {
      throw new ConfigException(
          file + ": " + prefix + key + " is " + value + " but must be " + rule);
    }
  }

  /** Refuses keys that nobody asked for. */
  void end() throws ConfigException {
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!known.contains(name)) {
        throw new ConfigException(unknown(name, known));
      }
    }
  }

  private String unknown(String name, Collection<String> candidates) {
    return file
        + ": there is no key "
        + prefix
        + name
        + Spelling.closest(name, candidates)
            .map(close -> "; did you mean " + close + "?")
            .orElse("; the keys there are " + String.join(", ", candidates));
  }

  /** Makes what was read into a value whose rules are its own, and names the file if it refuses. */
  <T> T checked(Supplier<T> value) throws ConfigException {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw new ConfigException(file + ": " + e.getMessage(), e);
    }
  }
}
