package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class CsvReaderTest {
  private static List<List<String>> read(String text) throws IOException {
    CsvReader reader = new CsvReader(new StringReader(text));
    List<List<String>> records = new ArrayList<>();
    for (List<String> record = reader.next(); record != null; record = reader.next()) {
      records.add(record);
    }
    return records;
  }

  @Test
  void readsRecords() throws IOException {
    assertThat(read("")).isEmpty();
    assertThat(read("a,b\n\nc,\r\n,d"))
        .containsExactly(List.of("a", "b"), List.of("c", ""), List.of("", "d"));
    assertThat(read("\"a,\"\"b\"\"\nc\",d\n\"\""))
        .containsExactly(List.of("a,\"b\"\nc", "d"), List.of(""));
    assertThat(read("a\rb\n")).containsExactly(List.of("a\rb"));
  }

  @Property(tries = 200)
  void readsWhateverIsQuoted(@ForAll("records") List<List<String>> records) throws IOException {
    String text =
        records.stream()
            .map(
                record ->
                    record.stream()
                        .map(field -> '"' + field.replace("\"", "\"\"") + '"')
                        .collect(Collectors.joining(",")))
            .collect(Collectors.joining("\n"));
    assertThat(read(text)).isEqualTo(records);
  }

  @Provide
  Arbitrary<List<List<String>>> records() {
    return Arbitraries.strings()
        .withChars('a', ',', '"', '\n', ' ')
        .ofMaxLength(6)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .list()
        .ofMaxSize(4);
  }

  @Test
  void namesTheLineOfWhatIsWrong() throws IOException {
    assertThatThrownBy(() -> read("a\nb\"c\n")).hasMessageContaining("Line 2 has a quote within");
    assertThatThrownBy(() -> read("a\n\"b\"c\n")).hasMessageContaining("Line 2 goes on after");
    assertThatThrownBy(() -> read("a\n\"b\nc\nd")).hasMessageContaining("Line 2 has a quote that");
    assertThatThrownBy(() -> read("a\n\"" + "x".repeat(1 << 20)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is a quote not closed?");
    CsvReader reader = new CsvReader(new StringReader("\n\"a\nb\"\nc"));
    reader.next();
    assertThat(reader.line()).isEqualTo(2);
    reader.next();
    assertThat(reader.line()).isEqualTo(4);
  }
}
