package dev.lockstep.fabric.msp;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.hyperledger.fabric.protos.common.CombinedPrincipal;
import org.hyperledger.fabric.protos.common.MSPIdentityAnonymity;
import org.hyperledger.fabric.protos.common.MSPPrincipal;
import org.hyperledger.fabric.protos.common.MSPRole;
import org.hyperledger.fabric.protos.common.OrganizationUnit;
import org.hyperledger.fabric.protos.msp.SerializedIdentity;

/**
 * The organisations of a channel under one configuration. It remembers members that it met lately,
 * since to check a certificate's chain takes longer than to check a signature. Thread-safe.
 */
public final class MspManager {
  /** A certificate has about one thousand; more than this is refused unread. */
  public static final int MAX_SERIALIZED_BYTES = 16 * 1024;

  /** Members that are remembered. A stranger is never remembered and drives nobody out. */
  private static final int REMEMBERED = 4096;

  /** Combined principals may hold combined principals, but not for ever. */
  private static final int MAX_DEPTH = 8;

  private final Map<String, Msp> msps = new TreeMap<>();
  private final Map<ByteString, Identity> members =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteString, Identity> eldest) {
          return size() > REMEMBERED;
        }
      };

  /**
   * With these organisations.
   *
   * @throws RefusedException if two have the same id
   */
  public MspManager(Collection<Msp> msps) throws RefusedException {
    for (Msp msp : msps) {
      if (this.msps.put(msp.id(), msp) != null) {
        throw new RefusedException("two organisations have the MSP id " + msp.id());
      }
    }
  }

  /** The member that these bytes name; null if they name none. */
  public Identity memberOrNull(ByteString serialized) {
    Identity known = rememberedOrNull(serialized);
    if (known != null) {
      return known;
    }
    if (serialized.size() > MAX_SERIALIZED_BYTES) {
      return null;
    }
    try {
      SerializedIdentity identity = SerializedIdentity.parseFrom(serialized);
      Msp msp = msps.get(identity.getMspid());
      if (msp == null) {
        return null;
      }
      X509Certificate certificate =
          CertificateParts.certificate(identity.getIdBytes(), "the identity");
      Identity member = msp.identity(certificate);
      remember(serialized, member);
      return member;
    } catch (InvalidProtocolBufferException | RefusedException e) {
      return null;
    }
  }

  private Identity rememberedOrNull(ByteString serialized) {
    synchronized (members) {
      return members.get(serialized);
    }
  }

  private void remember(ByteString serialized, Identity member) {
    synchronized (members) {
      members.put(serialized, member);
    }
  }

  /**
   * When the certificate in a serialized identity expires, be it of a member or not; null if there
   * is no certificate in it.
   */
  public Instant expiryOrNull(ByteString serialized) {
    Identity known = rememberedOrNull(serialized);
    if (known != null) {
      return known.expiresAt();
    }
    if (serialized.size() > MAX_SERIALIZED_BYTES) {
      return null;
    }
    try {
      ByteString pem = SerializedIdentity.parseFrom(serialized).getIdBytes();
      return CertificateParts.certificate(pem, "the identity").getNotAfter().toInstant();
    } catch (InvalidProtocolBufferException | RefusedException e) {
      return null;
    }
  }

  /** Whether a member is what a principal of a signature policy asks for. */
  public boolean satisfies(Identity member, MSPPrincipal principal) {
    return satisfies(member, principal, MAX_DEPTH);
  }

  private boolean satisfies(Identity member, MSPPrincipal principal, int depth) {
    try {
      return switch (principal.getPrincipalClassification()) {
        case ROLE -> hasRole(member, MSPRole.parseFrom(principal.getPrincipal()));
        case ORGANIZATION_UNIT ->
            isOf(member, OrganizationUnit.parseFrom(principal.getPrincipal()));
        case IDENTITY -> isSame(member, memberOrNull(principal.getPrincipal()));
        case ANONYMITY ->
            MSPIdentityAnonymity.parseFrom(principal.getPrincipal()).getAnonymityType()
                == MSPIdentityAnonymity.MSPIdentityAnonymityType.NOMINAL;
        case COMBINED ->
            depth > 0
                && isAll(member, CombinedPrincipal.parseFrom(principal.getPrincipal()), depth - 1);
        case UNRECOGNIZED -> false;
      };
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  private static boolean hasRole(Identity member, MSPRole role) {
    if (!member.mspId().equals(role.getMspIdentifier())) {
      return false;
    }
    return switch (role.getRole()) {
      case MEMBER -> true;
      case ADMIN -> member.has(Role.ADMIN);
      case CLIENT -> member.has(Role.CLIENT);
      case PEER -> member.has(Role.PEER);
      case ORDERER -> member.has(Role.ORDERER);
      case UNRECOGNIZED -> false;
    };
  }

  private static boolean isOf(Identity member, OrganizationUnit unit) {
    return member.mspId().equals(unit.getMspIdentifier())
        && member
            .units()
            .contains(
                new Identity.Unit(
                    unit.getOrganizationalUnitIdentifier(), unit.getCertifiersIdentifier()));
  }

  private static boolean isSame(Identity member, Identity wantedOrNull) {
    return wantedOrNull != null && member.key().equals(wantedOrNull.key());
  }

  private boolean isAll(Identity member, CombinedPrincipal combined, int depth) {
    return combined.getPrincipalsCount() > 0
        && combined.getPrincipalsList().stream()
            .allMatch(principal -> satisfies(member, principal, depth));
  }
}
