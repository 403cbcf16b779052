package dev.lockstep.protocol.replica.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The price list in docs/protocol.md is the one in the code. */
class PeerCostsTableTest {
  private static final Pattern ROW =
      Pattern.compile("\\| ([A-Z_]+) \\| [^|]+ \\| ([^|]+) \\| ([^|]+) \\| [^|]+ \\|");

  @Test
  void theDocumentHasThePrices() throws IOException {
    String text = Files.readString(Path.of("../docs/protocol.md"));
    int from = text.indexOf("## What a message may cost");
    Matcher rows = ROW.matcher(text.substring(from, text.indexOf("\n## ", from + 1)));
    List<String> documented = new ArrayList<>();
    while (rows.find()) {
      documented.add(rows.group(1) + " " + rows.group(2) + " " + rows.group(3));
    }
    List<String> real = new ArrayList<>();
    for (Cost cost : Cost.values()) {
      // What depends on the configuration is different for two of them.
      boolean fixed = cost.perSecond(8_000_000) == cost.perSecond(16_000_000);
      real.add(
          cost
              + " "
              + (fixed ? cost.perSecond(1) : "transfer budget")
              + " "
              + (fixed ? cost.atOnce(1) : "an eighth of it"));
    }
    assertThat(documented).isEqualTo(real);
  }
}
