package dev.lockstep.protocol;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * How the rooms of the protocol are laid out: nothing points up, no part knows another, and none is
 * so large that nobody reads it.
 */
class RoomsTest {
  private static final String ROOT = "dev.lockstep.protocol.";
  private static final String REPLICA = ROOT + "replica.";
  private static final Path SOURCES = Path.of("src/main/java/dev/lockstep/protocol");

  /** A file that is longer is more than one thing. */
  private static final int FILE_LINES = 600;

  /** A room that is larger is where everything ends up. */
  private static final int ROOM_PERCENT = 12;

  private static final JavaClasses PROTOCOL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.lockstep.protocol");

  /** The parts of a replica, each with the parts that it may know. */
  private static final Map<String, List<String>> PARTS =
      new TreeMap<>(
          Map.of(
              "admission", List.of(),
              "ordering", List.of(),
              "regency", List.of(),
              "recovery", List.of(),
              "catchup", List.of(),
              "checkpoint", List.of(),
              "delivery", List.of("admission"),
              "transfer", List.of("checkpoint", "catchup")));

  @TestFactory
  Stream<DynamicTest> noPartKnowsAnother() {
    return PARTS.entrySet().stream()
        .map(
            part ->
                DynamicTest.dynamicTest(
                    part.getKey(),
                    () ->
                        noClasses()
                            .that(resideInAnyPackage(REPLICA + part.getKey()))
                            .should()
                            .dependOnClassesThat(
                                resideInAnyPackage(others(part.getKey(), part.getValue())))
                            .because(
                                "what a part concludes reaches others as a changed fact or as an"
                                    + " event of life; so it can be read and tested alone")
                            .allowEmptyShould(true)
                            .check(PROTOCOL)));
  }

  private static String[] others(String part, List<String> allowed) {
    List<String> others = new ArrayList<>();
    for (String other : PARTS.keySet()) {
      if (!other.equals(part) && !allowed.contains(other)) {
        others.add(REPLICA + other);
      }
    }
    // Nor the replica around it.
    others.add(ROOT + "replica");
    return others.toArray(String[]::new);
  }

  @Test
  void factsAndKernelKnowNoPart() {
    List<String> above = new ArrayList<>();
    PARTS.keySet().forEach(part -> above.add(REPLICA + part));
    above.add(ROOT + "replica");
    noClasses()
        .that(resideInAnyPackage(REPLICA + "facts", REPLICA + "kernel", REPLICA + "requests"))
        .should()
        .dependOnClassesThat(resideInAnyPackage(above.toArray(String[]::new)))
        .because("facts are what parts are given, so they lie below all of them")
        .check(PROTOCOL);
  }

  @Test
  void theRoomsHaveNoCircle() {
    slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(PROTOCOL);
  }

  @Test
  void noFileIsTooLong() {
    Map<String, Integer> tooLong = new TreeMap<>();
    lines()
        .forEach(
            (file, lines) -> {
              if (lines > FILE_LINES) {
                tooLong.put(file.toString(), lines);
              }
            });
    assertThat(tooLong).as("files of more than %s lines", FILE_LINES).isEmpty();
  }

  @Test
  void noRoomIsTooLarge() {
    Map<String, Integer> rooms = new TreeMap<>();
    lines().forEach((file, lines) -> rooms.merge(file.getParent().toString(), lines, Integer::sum));
    int all = rooms.values().stream().mapToInt(Integer::intValue).sum();
    Map<String, Integer> percents = new TreeMap<>();
    rooms.forEach((room, lines) -> percents.put(room, Math.round(100f * lines / all)));
    System.out.println("lines of the protocol: " + all + ", in percent by room: " + percents);
    assertThat(percents.values())
        .as("percent of %s", percents)
        .allMatch(each -> each <= ROOM_PERCENT);
  }

  private static Map<Path, Integer> lines() {
    Map<Path, Integer> lines = new TreeMap<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        lines.put(SOURCES.relativize(file), Files.readAllLines(file).size());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }
}
