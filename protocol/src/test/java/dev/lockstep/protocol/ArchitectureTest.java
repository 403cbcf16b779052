package dev.lockstep.protocol;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.ObjectInputStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Calendar;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.Timer;
import java.util.TimerTask;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The protocol is a deterministic state machine: what a replica does follows from the messages and
 * the time it is given, and from nothing else. These rules keep everything else out.
 */
class ArchitectureTest {

  private static final JavaClasses PROTOCOL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.lockstep.protocol");

  private record Rule(String name, ArchRule rule) {}

  private static final List<Rule> RULES =
      List.of(
          new Rule(
              "no serialized Java objects",
              noClasses()
                  .should()
                  .dependOnClassesThat(belongToAnyOf(ObjectInputStream.class))
                  .because(
                      "a Byzantine peer chooses the bytes, and deserialization would let it run"
                          + " code of its choice; messages have a codec of their own")),
          new Rule(
              "no streams and files",
              noClasses()
                  .should()
                  .dependOnClassesThat(resideInAnyPackage("java.io..", "java.nio.file.."))
                  .because(
                      "the host owns the disk: a state machine that reads or writes by itself"
                          + " cannot be replayed, nor can its disk faults be simulated")),
          new Rule(
              "no network",
              noClasses()
                  .should()
                  .dependOnClassesThat(resideInAnyPackage("java.net..", "java.nio.channels.."))
                  .because(
                      "the host owns the network: messages go in and out as values, so that the"
                          + " simulator can lose, delay, reorder and forge them")),
          new Rule(
              "no threads",
              noClasses()
                  .should()
                  .dependOnClassesThat(
                      belongToAnyOf(Thread.class, ThreadGroup.class, Timer.class, TimerTask.class))
                  .because(
                      "a replica handles one input at a time; how threads interleave differs from"
                          + " run to run and would make the outcome differ too")),
          new Rule(
              "no executors, locks and waiting",
              noClasses()
                  .should()
                  .dependOnClassesThat(coordinateThreads())
                  .because(
                      "a replica handles one input at a time and never waits; who calls it and on"
                          + " which thread is the host's concern")),
          new Rule(
              "no wall clock",
              noClasses()
                  .should()
                  .dependOnClassesThat(belongToAnyOf(Clock.class))
                  .orShould()
                  .accessTargetWhere(is(System.class, "currentTimeMillis"))
                  .orShould()
                  .accessTargetWhere(is(System.class, "nanoTime"))
                  .orShould()
                  .accessTargetWhere(
                      target(owner(resideInAPackage("java.time..")))
                          .and(target(name("now")))
                          .as("target is now() of java.time"))
                  .orShould()
                  .callConstructor(Date.class)
                  .orShould()
                  .accessTargetWhere(is(Calendar.class, "getInstance"))
                  .because(
                      "time is an input: clocks of replicas disagree, and the simulator must be"
                          + " able to stop, skew and replay them")),
          new Rule(
              "no random numbers",
              noClasses()
                  .should()
                  .dependOnClassesThat(
                      belongToAnyOf(
                              Random.class,
                              SecureRandom.class,
                              ThreadLocalRandom.class,
                              SplittableRandom.class)
                          .or(resideInAPackage("java.util.random..")))
                  .orShould()
                  .accessTargetWhere(is(Math.class, "random"))
                  .orShould()
                  .accessTargetWhere(is(StrictMath.class, "random"))
                  .orShould()
                  .accessTargetWhere(is(UUID.class, "randomUUID"))
                  .orShould()
                  .callMethod(Collections.class, "shuffle", List.class)
                  .because(
                      "correct replicas must reach the same state from the same inputs, and a run"
                          + " must repeat from its seed; randomness belongs to the host")),
          new Rule(
              "no loggers",
              noClasses()
                  .should()
                  .dependOnClassesThat(
                      resideInAnyPackage(
                              "java.util.logging..",
                              "org.slf4j..",
                              "org.apache.logging..",
                              "org.apache.log4j..",
                              "org.apache.commons.logging..")
                          .or(belongToAnyOf(System.Logger.class)))
                  .because(
                      "logging is I/O with a clock and locks in it; what is worth knowing leaves"
                          + " the protocol as a value")),
          new Rule(
              "no console",
              NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.because(
                  "printing is I/O, and standard output belongs to the program that embeds the"
                      + " protocol")));

  @TestFactory
  Stream<DynamicTest> protocol() {
    return RULES.stream()
        .map(rule -> DynamicTest.dynamicTest(rule.name(), () -> rule.rule().check(PROTOCOL)));
  }

  /** The named method of the type, whether it is called or referred to as in {@code Type::name}. */
  private static DescribedPredicate<JavaAccess<?>> is(Class<?> type, String method) {
    return target(owner(type(type)))
        .and(target(name(method)))
        .as("target is %s.%s()", type.getSimpleName(), method);
  }

  /** Plain collections such as ConcurrentHashMap and the atomic classes hold data; they pass. */
  private static DescribedPredicate<JavaClass> coordinateThreads() {
    return describe(
        "coordinate threads (java.util.concurrent other than its maps, sets and atomics)",
        type -> {
          String pkg = type.getPackageName();
          if (pkg.equals("java.util.concurrent.atomic")) {
            return false;
          }
          if (pkg.equals("java.util.concurrent")) {
            String simple = type.getName().substring(pkg.length() + 1);
            return !simple.startsWith("Concurrent") && !simple.startsWith("CopyOnWrite");
          }
          return pkg.startsWith("java.util.concurrent.");
        });
  }
}
