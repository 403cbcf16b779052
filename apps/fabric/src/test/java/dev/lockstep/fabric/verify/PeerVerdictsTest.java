package dev.lockstep.fabric.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.config.ChannelConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.hyperledger.fabric.protos.common.Block;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Blocks that are right, or wrong in one way, and what real peers said to them. */
class PeerVerdictsTest {
  private static final List<String> CHANNELS = List.of("raftsig10", "raftany10", "bft10");

  @TestFactory
  List<DynamicTest> everyVerdictIsThatOfAPeer() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String channel : CHANNELS) {
      ChannelConfig config = Samples.config(channel);
      Block genesis = Samples.genesis(channel);
      for (JsonNode entry : Samples.json("blocks/rules/" + channel + ".json")) {
        String file = entry.get("file").asText();
        tests.add(
            DynamicTest.dynamicTest(
                file + " " + entry.get("case").asText(),
                () -> {
                  Block block = Samples.block("blocks/rules/" + file);
                  List<BlockViolation> whole =
                      BlockVerifier.verify(block, genesis.getHeader(), config);
                  assertThat(verdict(whole, BlockRule::isCheckedByV3))
                      .as("%s", whole)
                      .isEqualTo(entry.get("verdict").asText());
                  List<BlockViolation> header =
                      BlockVerifier.verifyHeaderAndMetadata(block, genesis.getHeader(), config);
                  assertThat(verdict(header, BlockRule::isCheckedByV3))
                      .as("%s", header)
                      .isEqualTo(entry.get("verdict_header_and_metadata_only").asText());
                }));
      }
    }
    return tests;
  }

  /**
   * The columns of the table, and the channel and the rules of verification that each stands for.
   */
  private static final Map<String, String> COLUMNS =
      Map.of(
          "v3.0.0_bft", "bft10",
          "v3.0.0_etcdraft_any_writers", "raftany10",
          "v3.0.0_etcdraft_outof3", "raftsig10",
          "v2.5.9_etcdraft_any_writers", "raftany10",
          "v2.5.9_etcdraft_outof3", "raftsig10");

  @Test
  void theTableOfBothVersionsIsMet() {
    Map<String, Map<String, List<BlockViolation>>> byChannel = new HashMap<>();
    for (String channel : CHANNELS) {
      byChannel.put(channel, violationsByRow(channel));
    }
    Set<String> differences = new HashSet<>();
    int cells = 0;
    for (JsonNode row : Samples.json("block_rules.json").get("rows")) {
      for (Map.Entry<String, String> column : COLUMNS.entrySet()) {
        String name = row.get("case").asText();
        List<BlockViolation> violations = byChannel.get(column.getValue()).get(name);
        assertThat(violations).as(name).isNotNull();
        Predicate<BlockRule> checked =
            column.getKey().startsWith("v2.5")
                ? BlockRule::isCheckedByV25
                : BlockRule::isCheckedByV3;
        if (!verdict(violations, checked).equals(row.get(column.getKey()).asText())) {
          differences.add(column.getKey() + ": " + name + " " + violations);
        }
        cells++;
      }
    }
    assertThat(differences).isEmpty();
    assertThat(cells).isEqualTo(32 * 5);
  }

  private static Map<String, List<BlockViolation>> violationsByRow(String channel) {
    Map<String, List<BlockViolation>> rows = new HashMap<>();
    for (JsonNode entry : Samples.json("blocks/rules/" + channel + ".json")) {
      if (entry.hasNonNull("table_row")) {
        rows.put(
            entry.get("table_row").asText(),
            BlockVerifier.verify(
                Samples.block("blocks/rules/" + entry.get("file").asText()),
                Samples.genesis(channel).getHeader(),
                Samples.config(channel)));
      }
    }
    return rows;
  }

  private static String verdict(List<BlockViolation> violations, Predicate<BlockRule> checked) {
    return violations.stream().map(BlockViolation::rule).anyMatch(checked)
        ? "REJECTED"
        : "ACCEPTED";
  }
}
