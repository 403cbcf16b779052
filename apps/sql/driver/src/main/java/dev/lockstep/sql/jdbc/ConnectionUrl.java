package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.client.SqlErrors;
import dev.lockstep.sql.client.SqlVariant;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What a URL says: {@code jdbc:lockstep:FOLDER?name=value&...}, or {@code @NAME} instead of a
 * folder.
 *
 * @param text the URL as it was given
 * @param clientFolderOrNull with the client's keys and the addresses of the replicas
 * @param clientNameOrNull of a client that the program made itself; one of both is there
 * @param variant of the protocol, for a client that a folder names
 * @param timeoutMillis how long a call waits for the group
 * @param readOnly whether connections begin as read-only
 * @param schemaOrNull in which names are sought at first
 */
record ConnectionUrl(
    String text,
    Path clientFolderOrNull,
    String clientNameOrNull,
    SqlVariant variant,
    int timeoutMillis,
    boolean readOnly,
    String schemaOrNull) {

  static final String PREFIX = "jdbc:lockstep:";
  static final String TIMEOUT = "timeoutMillis";
  static final String VARIANT = "variant";
  static final String READ_ONLY = "readOnly";
  static final String SCHEMA = "schema";
  static final int TIMEOUT_DEFAULT_MILLIS = 30_000;

  private static final List<String> NAMES = List.of(TIMEOUT, READ_ONLY, SCHEMA, VARIANT);

  /** The folder of the client within that of a cluster on this machine. */
  private static final String CLIENT = "client";

  private static final String BAD_URL = "08001";

  static boolean isOurs(String url) {
    return url != null && url.startsWith(PREFIX);
  }

  /**
   * Reads a URL.
   *
   * @param more properties beside it, which count before those in it; user and password are not
   *     needed, since the keys in the folder say who the client is
   * @throws SQLException if it does not name the folder of a client, with a sentence that says why
   */
  static ConnectionUrl parse(String url, Properties more) throws SQLException {
    String rest = url.substring(PREFIX.length());
    int question = rest.indexOf('?');
    Map<String, String> properties = new TreeMap<>();
    if (question >= 0) {
      for (String pair : rest.substring(question + 1).split("&")) {
        int equals = pair.indexOf('=');
        if (equals <= 0) {
          throw bad("'" + pair + "' in the URL is not of the form name=value.");
        }
        String name = pair.substring(0, equals);
        if (!NAMES.contains(name)) {
          throw bad(
              "The URL has an unknown property '"
                  + name
                  + "'; there are "
                  + String.join(", ", NAMES)
                  + ".");
        }
        properties.put(name, URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    more.stringPropertyNames().forEach(name -> properties.put(name, more.getProperty(name)));
    String place = question < 0 ? rest : rest.substring(0, question);
    boolean named = place.startsWith("@");
    return new ConnectionUrl(
        url,
        named ? null : folder(place),
        named ? place.substring(1) : null,
        variant(properties.get(VARIANT)),
        timeout(properties.get(TIMEOUT)),
        truth(properties.get(READ_ONLY)),
        properties.get(SCHEMA));
  }

  private static Path folder(String text) throws SQLException {
    if (text.isEmpty()) {
      throw bad(
          "The URL names no folder: write jdbc:lockstep:DIR with the DIR of 'lockstep sql init'.");
    }
    Path folder;
    try {
      folder = Path.of(URLDecoder.decode(text, StandardCharsets.UTF_8)).toAbsolutePath();
    } catch (InvalidPathException e) {
      throw bad("'" + text + "' in the URL is no path of a folder.");
    }
    Path within = folder.resolve(CLIENT);
    Path found = Files.isDirectory(within) ? within : folder;
    if (!Files.isDirectory(found)) {
      throw bad(
          "There is no folder "
              + folder
              + "; the URL must name the DIR of 'lockstep sql init', or a copy of the client's"
              + " folder in it.");
    }
    return found;
  }

  private static SqlVariant variant(String textOrNull) throws SQLException {
    for (SqlVariant variant : SqlVariant.values()) {
      if (variant.name().equalsIgnoreCase(textOrNull)) {
        return variant;
      }
    }
    if (textOrNull == null) {
      return SqlVariant.OPTIMISED;
    }
    throw bad(VARIANT + " is '" + textOrNull + "' but must be optimised or standard.");
  }

  private static int timeout(String textOrNull) throws SQLException {
    if (textOrNull == null) {
      return TIMEOUT_DEFAULT_MILLIS;
    }
    try {
      int millis = Integer.parseInt(textOrNull);
      if (millis > 0) {
        return millis;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw bad(TIMEOUT + " is '" + textOrNull + "' but must be a positive number.");
  }

  private static boolean truth(String textOrNull) throws SQLException {
    if (textOrNull == null || textOrNull.equals("false")) {
      return false;
    }
    if (textOrNull.equals("true")) {
      return true;
    }
    throw bad(READ_ONLY + " is '" + textOrNull + "' but must be true or false.");
  }

  private static SQLException bad(String sentence) {
    return SqlErrors.exception(BAD_URL, sentence);
  }
}
