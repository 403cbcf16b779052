package dev.lockstep.fabric.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads and writes records as YAML, with keys in small letters and dashes. */
final class YamlFile {
  private static final ObjectMapper YAML =
      new ObjectMapper(
              YAMLFactory.builder()
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .build())
          .setPropertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

  private YamlFile() {}

  /**
   * Reads a file.
   *
   * @throws IOException with one sentence that names the file and what is wrong
   */
  static <T> T read(Path file, Class<T> type) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("there is no file " + file + "; 'lockstep fabric init' makes one");
    }
    try {
      return YAML.readValue(file.toFile(), type);
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
      throw new IOException(file + where + ": " + e.getOriginalMessage(), e);
    }
  }

  static void write(Path file, String about, Object value) throws IOException {
    Files.writeString(file, "# " + about + "\n" + YAML.writeValueAsString(value));
  }
}
