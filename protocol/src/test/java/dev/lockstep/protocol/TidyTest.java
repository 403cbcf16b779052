package dev.lockstep.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Reads the whole repository as text and keeps it tidy: what a comment cites is there, what a
 * document says of the code is so, every package says what it is, and large files only shrink.
 */
class TidyTest {
  /** Files longer than this are on the list of {@code size-ratchet.txt}, or have to be split. */
  private static final int LINES_MAX = 500;

  private static final Path ROOT = root();
  private static final Map<Path, String> SOURCES = read(path -> path.toString().endsWith(".java"));
  private static final Map<Path, String> DOCUMENTS = read(path -> path.toString().endsWith(".md"));
  private static final String PROTOCOL = DOCUMENTS.get(Path.of("docs/protocol.md"));

  private static final Pattern COMMENT = Pattern.compile("//.*|/\\*(?s:.*?)\\*/");
  private static final Pattern RULES =
      Pattern.compile("RULES(?:\\s|\\*)+(\\d+(?:(?:, | and | to |-)\\d+)*)");
  private static final Pattern TRACE = Pattern.compile("\\b[FST]\\d{1,2}\\b");

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("lockstep"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  private static Map<Path, String> read(Predicate<Path> wanted) {
    try (Stream<Path> files = Files.walk(ROOT)) {
      TreeMap<Path, String> texts = new TreeMap<>();
      for (Path file : files.filter(Files::isRegularFile).filter(wanted).toList()) {
        Path path = ROOT.relativize(file);
        if (!path.toString().matches("(?:.*/)?(?:target|node_modules|\\.git)/.*")) {
          texts.put(path, Files.readString(file));
        }
      }
      return texts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<MatchResult> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results();
  }

  private static String comments(String source) {
    return matches(COMMENT, source).map(MatchResult::group).collect(Collectors.joining("\n"));
  }

  /** The cells of the rows of the tables whose first header cell is this. */
  private static List<List<String>> rows(String document, String header) {
    List<List<String>> rows = new ArrayList<>();
    boolean inside = false;
    for (String line : document.split("\n")) {
      if (!line.startsWith("|")) {
        inside = false;
      } else if (line.startsWith("| " + header + " |")) {
        inside = true;
      } else if (inside && !line.startsWith("| ---")) {
        rows.add(Stream.of(line.substring(1).split("\\|")).map(String::strip).toList());
      }
    }
    assertThat(rows).as("the table of '%s' in docs/protocol.md", header).isNotEmpty();
    return rows;
  }

  @Test
  void everyCitedRuleIsThere() {
    Set<String> rules =
        matches(Pattern.compile("(?m)^### Rule (\\d+): "), PROTOCOL)
            .map(found -> found.group(1))
            .collect(Collectors.toSet());
    assertThat(rules).hasSizeGreaterThan(30);
    List<String> dangling = new ArrayList<>();
    texts(
        (path, text) ->
            matches(RULES, text)
                .flatMap(found -> matches(Pattern.compile("\\d+"), found.group(1)))
                .filter(number -> !rules.contains(number.group()))
                .forEach(number -> dangling.add(path + ": RULES " + number.group())));
    assertThat(dangling).isEmpty();
  }

  @Test
  void everyCitedTraceIsThereAndItsTestExists() {
    Set<String> traces = new TreeSet<>();
    Set<String> classes =
        SOURCES.keySet().stream()
            .map(path -> path.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toSet());
    List<String> wrong = new ArrayList<>();
    for (List<String> row : rows(PROTOCOL, "trace")) {
      traces.add(row.get(0));
      if (!row.get(2).startsWith("with ")) {
        Stream.of(row.get(2).split(", "))
            .filter(test -> !classes.contains(test))
            .forEach(test -> wrong.add("docs/protocol.md: " + row.get(0) + " names " + test));
      }
    }
    SOURCES.forEach(
        (path, text) ->
            matches(TRACE, comments(text))
                .map(MatchResult::group)
                .filter(code -> !traces.contains(code))
                .forEach(code -> wrong.add(path + ": trace " + code)));
    matches(TRACE, PROTOCOL)
        .map(MatchResult::group)
        .filter(code -> !traces.contains(code))
        .forEach(code -> wrong.add("docs/protocol.md: trace " + code));
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyMessageHasItsRowItsHandlerAndATest() {
    String messages = source("Message.java");
    Set<String> declared =
        matches(
                Pattern.compile(
                    "record (\\w+)\\([^{]*?implements\\s+(?:ReplicaMessage|\\w+Message)"),
                messages)
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(declared).hasSizeGreaterThan(20);
    List<String> wrong = new ArrayList<>();
    String inbox = source("Inbox.java");
    Set<String> described = new TreeSet<>();
    for (List<String> row : rows(PROTOCOL, "message")) {
      String message = row.get(0);
      described.add(message);
      String handler = row.get(3).replace("`", "");
      String name = "on" + message;
      if (!inbox.contains("void " + name + "(")
          || source(handler + ".java").isEmpty()
          || !inbox.contains("private final " + handler + " ")) {
        wrong.add("Inbox." + name + " does not lead to " + handler);
      }
      Pattern use = Pattern.compile("\\b" + message + "\\b");
      boolean tested =
          SOURCES.entrySet().stream()
              .filter(file -> file.getKey().toString().matches("(protocol|simulator)/src/test/.*"))
              .anyMatch(file -> use.matcher(file.getValue()).find());
      if (!tested) {
        wrong.add("no test of protocol or simulator knows " + message);
      }
    }
    assertThat(described).isEqualTo(declared);
    assertThat(wrong).isEmpty();
  }

  private static String source(String name) {
    return SOURCES.entrySet().stream()
        .filter(file -> file.getKey().endsWith(name))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("");
  }

  @Test
  void everyPackageSaysWhatItIs() {
    Set<Path> packages = new TreeSet<>();
    SOURCES.keySet().stream()
        .filter(path -> path.toString().contains("/src/main/"))
        .forEach(path -> packages.add(path.getParent()));
    assertThat(packages)
        .allSatisfy(folder -> assertThat(SOURCES).containsKey(folder.resolve("package-info.java")));
  }

  @Test
  void noRulerWasWrapped() {
    Pattern alone = Pattern.compile("(?m)^\\s*// -{5,}$");
    assertThat(having(alone)).isEmpty();
  }

  @Test
  void nothingIsCitedThatIsNotHere() {
    Pattern elsewhere =
        Pattern.compile("\\bPROTOCOL \\d|SYNC\\.md|\\bDESIGN (?:section )?\\d|RULES\\.md");
    assertThat(having(elsewhere)).isEmpty();
  }

  private static List<Path> having(Pattern pattern) {
    return SOURCES.entrySet().stream()
        .filter(file -> !file.getKey().endsWith("TidyTest.java"))
        .filter(file -> pattern.matcher(file.getValue()).find())
        .map(Map.Entry::getKey)
        .toList();
  }

  @Test
  void everyLinkOfADocumentLeadsSomewhere() {
    Pattern link = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    List<String> dead = new ArrayList<>();
    DOCUMENTS.forEach(
        (path, text) ->
            matches(link, text)
                .map(found -> found.group(1))
                .filter(
                    target -> !Files.exists(ROOT.resolve(path).resolveSibling(target).normalize()))
                .forEach(target -> dead.add(path + ": " + target)));
    assertThat(dead).isEmpty();
  }

  @Test
  void largeFilesOnlyShrink() throws IOException {
    Map<String, Integer> allowed = new TreeMap<>();
    Path list = ROOT.resolve("protocol/src/test/resources/size-ratchet.txt");
    for (String line : Files.readAllLines(list)) {
      Matcher entry = Pattern.compile("(\\d+) (\\S+)").matcher(line);
      assertThat(entry.matches()).as("size-ratchet.txt: %s", line).isTrue();
      allowed.put(entry.group(2), Integer.parseInt(entry.group(1)));
    }
    List<String> wrong = new ArrayList<>();
    SOURCES.forEach(
        (path, text) -> {
          int lines = (int) text.lines().count();
          Integer most = allowed.remove(path.toString());
          if (lines > (most == null ? LINES_MAX : most)) {
            wrong.add(lines + " " + path + " has grown: split it");
          } else if (most != null && lines < most) {
            wrong.add(lines + " " + path + " has shrunk: lower its line in size-ratchet.txt");
          }
        });
    allowed.keySet().forEach(path -> wrong.add(path + " is gone: remove its line"));
    assertThat(wrong).isEmpty();
  }

  private interface Reader {
    void read(Path path, String text);
  }

  private static void texts(Reader reader) {
    SOURCES.forEach((path, text) -> reader.read(path, comments(text)));
    DOCUMENTS.forEach(reader::read);
  }
}
