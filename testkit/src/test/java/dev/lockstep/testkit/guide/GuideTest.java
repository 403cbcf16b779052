package dev.lockstep.testkit.guide;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.api.InvocationException;
import dev.lockstep.api.MessageContext;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.testkit.LocalCluster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Runs the code of docs/service-authors-guide.md, and sees to it that the guide shows that code.
 */
@Timeout(60)
class GuideTest {
  private static final Path GUIDE = Path.of("..", "docs", "service-authors-guide.md");
  private static final Path SOURCES =
      Path.of("src", "test", "java", "dev", "lockstep", "testkit", "guide");
  private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  /** The code without what depends on where it stands: indentation and empty lines. */
  private static String normalized(String code) {
    return code.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .reduce("\n", (text, line) -> text + line + "\n");
  }

  private static List<String> blocks() throws IOException {
    return JAVA_BLOCK
        .matcher(Files.readString(GUIDE))
        .results()
        .map((MatchResult block) -> block.group(1))
        .toList();
  }

  private static List<String> sources() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      List<String> sources = new ArrayList<>();
      for (Path file : files.sorted(Comparator.naturalOrder()).toList()) {
        if (!file.endsWith("GuideTest.java")) {
          sources.add(normalized(Files.readString(file)));
        }
      }
      return sources;
    }
  }

  @Test
  void theGuideShowsTheCodeThatIsTested() throws IOException {
    List<String> sources = sources();
    assertThat(blocks()).hasSizeGreaterThan(5);
    for (String block : blocks()) {
      String wanted = normalized(block);
      assertThat(sources.stream().filter(source -> source.contains(wanted)).count())
          .as("how many files of this folder have this code of the guide in them:\n" + block)
          .isPositive();
    }
  }

  @Test
  void theFirstServiceIsCompleteAndShort() throws IOException {
    String first = blocks().get(0);
    assertThat("package dev.lockstep.testkit.guide;" + normalized(first))
        .isEqualTo(normalized(Files.readString(SOURCES.resolve("Auction.java"))).strip() + "\n");
    assertThat(first.substring(first.indexOf("/**")).lines()).hasSizeLessThan(30);
  }

  private static MessageContext at(long seconds, UUID client, int position) {
    return new MessageContext(
        new MessageContext.BatchContext(1, 0, 0, seconds * 1_000_000, 0), client, 1, 1, position);
  }

  private static String lease(Leases leases, String command, MessageContext context) {
    byte[] bytes = command.getBytes(UTF_8);
    return new String(
        context.isOrdered()
            ? leases.executeOrdered(bytes, context)
            : leases.executeUnordered(bytes, context),
        UTF_8);
  }

  @Test
  void leasesRunOutByTheGroupsTime() throws IOException {
    UUID alice = new UUID(0, 1);
    UUID bob = new UUID(0, 2);
    Leases leases = new Leases();
    assertThat(lease(leases, "lock door 10", at(100, alice, 0))).isEqualTo("ok");
    assertThat(lease(leases, "lock door 10", at(109, bob, 0))).isEqualTo("error: held by " + alice);
    assertThat(lease(leases, "who door", at(109, bob, -1))).isEqualTo(alice.toString());
    assertThat(lease(leases, "lock door 10", at(109, alice, -1))).contains("must be ordered");
    assertThat(lease(leases, "lock door", at(109, alice, 0))).startsWith("error: expected");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    leases.snapshot().writeTo(out);
    assertThat(lease(leases, "lock door 10", at(110, bob, 0))).isEqualTo("ok");
    assertThat(lease(leases, "free door", at(111, alice, 0))).isEqualTo("error: held by " + bob);
    assertThat(lease(leases, "free door", at(111, bob, 0))).isEqualTo("ok");
    assertThat(lease(leases, "who door", at(111, bob, 0))).isEqualTo("nobody");
    Leases restored = new Leases();
    restored.restore(new ByteArrayInputStream(out.toByteArray()));
    assertThat(lease(restored, "who door", at(109, bob, -1))).isEqualTo(alice.toString());
  }

  @Test
  void clientsPipelineAndLearnTheOutcome() throws Exception {
    try (LocalCluster<BatchedAuction> cluster =
        LocalCluster.builder(4, 1, BatchedAuction::new)
            .requestVerifier((client, command) -> command.length <= 20)
            .start()) {
      AuctionClient client = new AuctionClient(cluster.client());
      client.bidAll(LongStream.rangeClosed(1, 1000).boxed().toList());
      assertThat(client.bid(7)).isEqualTo("highest: 1000");
      assertThat(
              AuctionClient.ask(cluster.client(), "highest".getBytes(UTF_8))
                  .get(10, TimeUnit.SECONDS))
          .asString()
          .matches("1000( 1000)+");
      assertThatThrownBy(() -> cluster.client().invokeOrdered(new byte[21]))
          .isInstanceOf(InvocationException.class);
    }
  }

  @Test
  void whatIsSaidIsPushedToAllWhoJoined() throws Exception {
    try (LocalCluster<Chat> cluster = LocalCluster.of(4, 1, Chat::new)) {
      ServiceProxy alice = cluster.newClient();
      ServiceProxy bob = cluster.newClient();
      BlockingQueue<String> heard = new LinkedBlockingQueue<>();
      alice.onPush(
          (instance, position, index, message) -> heard.add("alice " + new String(message, UTF_8)));
      bob.onPush(
          (instance, position, index, message) -> heard.add("bob " + new String(message, UTF_8)));
      alice.invokeOrdered(new byte[0]);
      assertThat(ByteBuffer.wrap(bob.invokeOrdered("hello".getBytes(UTF_8))).getInt()).isEqualTo(1);
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("alice hello");
      bob.invokeOrdered(new byte[0]);
      assertThat(ByteBuffer.wrap(alice.invokeOrdered("bye".getBytes(UTF_8))).getInt()).isEqualTo(2);
      assertThat(List.of(heard.poll(10, TimeUnit.SECONDS), heard.poll(10, TimeUnit.SECONDS)))
          .containsExactlyInAnyOrder("alice bye", "bob bye");
      assertThatThrownBy(() -> alice.invokeOrdered(new byte[201]))
          .isInstanceOfSatisfying(
              InvocationException.class,
              e -> assertThat(e.outcome()).isEqualTo(InvocationException.Outcome.REFUSED));
    }
  }
}
