package dev.lockstep.protocol.state;

import static dev.lockstep.protocol.state.Script.ALICE;
import static dev.lockstep.protocol.state.Script.BOB;
import static dev.lockstep.protocol.state.Script.ordered;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.view.View;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The bytes of snapshots, version 1. They are in checkpoints on disks, and replicas compare their
 * hashes, so a difference needs a new version. Written only with {@code -Dlockstep.writeGolden}.
 */
class SnapshotGoldenTest {
  private static final Path FILE = Path.of("src/test/resources/golden/snapshots-v1.txt");
  private static final View.Limits LIMITS = Script.limits(3, 4, 10, 1_000);

  @Test
  void snapshotsKeepTheirBytes() throws IOException, DecodeException {
    Script script = new Script(LIMITS);
    long a = script.session(ALICE, 1);
    long b = script.session(BOB, 2);
    script.batch(ordered(ALICE, a, 1), ordered(BOB, b, 1), ordered(ALICE, a, 2));
    script.batch(Script.open(ALICE, 3, script.now + Script.SECOND, a));
    List<String> lines =
        List.of(
            "Sessions " + HexFormat.of().formatHex(script.sessions.snapshot().array()),
            "ReplyCache " + HexFormat.of().formatHex(script.cache.snapshot().array()));
    if (System.getProperty("lockstep.writeGolden") != null) {
      Files.write(FILE, lines);
    }
    assertThat(lines).isEqualTo(Files.readAllLines(FILE));

    Sessions sessions = new Sessions(LIMITS, DeliveryRule.STANDARD);
    sessions.restore(bytes(lines.get(0)));
    assertThat(sessions.hash()).isEqualTo(script.sessions.hash());
    ReplyCache cache = new ReplyCache(LIMITS);
    cache.restore(bytes(lines.get(1)));
    assertThat(cache.hash()).isEqualTo(script.cache.hash());
  }

  private static Bytes bytes(String line) {
    return new Bytes(HexFormat.of().parseHex(line.substring(line.indexOf(' ') + 1)));
  }
}
