package dev.lockstep.fabric.msp;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.RefusedException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hyperledger.fabric.protos.msp.FabricCryptoConfig;
import org.hyperledger.fabric.protos.msp.FabricMSPConfig;
import org.hyperledger.fabric.protos.msp.FabricNodeOUs;
import org.hyperledger.fabric.protos.msp.FabricOUIdentifier;

/**
 * One organisation: who its members are. The rules are those of Fabric since 1.4.3, with client,
 * peer, admin and orderer as organisational units of certificates. Immutable and thread-safe.
 */
public final class Msp {
  /** Authorities, admins, lists and units of an organisation, each. */
  private static final int MAX_ENTRIES = 1000;

  private final FabricMSPConfig config;
  private final Chains chains;
  private final List<Identity.Unit> wantedUnits;
  private final Map<Role, Identity.Unit> nodeUnits;
  private final Set<ByteString> admins;

  private Msp(
      FabricMSPConfig config,
      Chains chains,
      List<Identity.Unit> wantedUnits,
      Map<Role, Identity.Unit> nodeUnits,
      Set<ByteString> admins) {
    this.config = config;
    this.chains = chains;
    this.wantedUnits = wantedUnits;
    this.nodeUnits = nodeUnits;
    this.admins = admins;
  }

  /**
   * From a channel configuration, or from what {@link MspFolder} reads.
   *
   * @throws RefusedException with what is wrong with it
   */
  public static Msp of(FabricMSPConfig config) throws RefusedException {
    String id = config.getName();
    if (id.isEmpty()) {
      throw new RefusedException("the MSP has no id");
    }
    try {
      return build(config);
    } catch (RefusedException e) {
      throw new RefusedException("the MSP " + id + " is not valid: " + e.getMessage(), e);
    }
  }

  private static Msp build(FabricMSPConfig config) throws RefusedException {
    if (config.getRootCertsCount() == 0) {
      throw new RefusedException("it has no root certificate");
    }
    requireSha256(config.getCryptoConfig());
    List<X509CRL> lists = lists(config.getRevocationListList());
    Chains chains = chains(config.getRootCertsList(), config.getIntermediateCertsList(), lists);
    chains(config.getTlsRootCertsList(), config.getTlsIntermediateCertsList(), lists);
    List<Identity.Unit> wanted = new ArrayList<>();
    for (FabricOUIdentifier unit : bounded(config.getOrganizationalUnitIdentifiersList())) {
      if (unit.getCertificate().isEmpty()) {
        throw new RefusedException("a unit of the organisation names no authority");
      }
      wanted.add(unit(unit, chains));
    }
    Map<Role, Identity.Unit> nodeUnits = nodeUnits(config.getFabricNodeOus(), chains);
    Set<ByteString> admins = new HashSet<>();
    Msp msp = new Msp(config, chains, List.copyOf(wanted), nodeUnits, admins);
    for (X509Certificate admin : certificates(config.getAdminsList(), "an admin's certificate")) {
      List<X509Certificate> chain = chains.ofMember(admin);
      admins.add(CertificateParts.fingerprint(admin, chain.get(1).getPublicKey()));
      Identity member = msp.identity(admin);
      if (member.has(Role.PEER) || member.has(Role.ORDERER)) {
        throw new RefusedException("a listed admin is a peer or an orderer");
      }
    }
    if (admins.isEmpty() && !nodeUnits.containsKey(Role.ADMIN)) {
      throw new RefusedException("it has neither certificates of admins nor an OU for them");
    }
    return msp;
  }

  private static void requireSha256(FabricCryptoConfig crypto) throws RefusedException {
    if (!Set.of("", "SHA2").contains(crypto.getSignatureHashFamily())
        || !Set.of("", "SHA256").contains(crypto.getIdentityIdentifierHashFunction())) {
      throw new RefusedException("it wants another hash than SHA-256, and none is supported");
    }
  }

  private static Chains chains(
      List<ByteString> roots, List<ByteString> intermediates, List<X509CRL> lists)
      throws RefusedException {
    Chains chains =
        new Chains(
            certificates(roots, "a root certificate"),
            certificates(intermediates, "an intermediate certificate"),
            lists);
    chains.requireSound();
    return chains;
  }

  private static <T> List<T> bounded(List<T> entries) throws RefusedException {
    if (entries.size() > MAX_ENTRIES) {
      throw new RefusedException("it has more than " + MAX_ENTRIES + " entries of one kind");
    }
    return entries;
  }

  private static List<X509Certificate> certificates(List<ByteString> pems, String what)
      throws RefusedException {
    List<X509Certificate> certificates = new ArrayList<>();
    for (ByteString pem : bounded(pems)) {
      certificates.add(CertificateParts.certificate(pem, what));
    }
    return certificates;
  }

  private static List<X509CRL> lists(List<ByteString> pems) throws RefusedException {
    List<X509CRL> lists = new ArrayList<>();
    for (ByteString pem : bounded(pems)) {
      lists.add(CertificateParts.revocationList(pem, "a revocation list"));
    }
    return lists;
  }

  /** None if they are not enabled. */
  private static Map<Role, Identity.Unit> nodeUnits(FabricNodeOUs ous, Chains chains)
      throws RefusedException {
    Map<Role, Identity.Unit> units = new EnumMap<>(Role.class);
    if (!ous.getEnable()) {
      return units;
    }
    if (ous.hasClientOuIdentifier()) {
      units.put(Role.CLIENT, unit(ous.getClientOuIdentifier(), chains));
    }
    if (ous.hasPeerOuIdentifier()) {
      units.put(Role.PEER, unit(ous.getPeerOuIdentifier(), chains));
    }
    if (ous.hasAdminOuIdentifier()) {
      units.put(Role.ADMIN, unit(ous.getAdminOuIdentifier(), chains));
    }
    if (ous.hasOrdererOuIdentifier()) {
      units.put(Role.ORDERER, unit(ous.getOrdererOuIdentifier(), chains));
    }
    if (units.values().stream().anyMatch(unit -> unit.name().isEmpty())) {
      throw new RefusedException("a node OU has no name");
    }
    return units;
  }

  /** A unit without certificate may be certified by any authority of the organisation. */
  private static Identity.Unit unit(FabricOUIdentifier unit, Chains chains)
      throws RefusedException {
    if (unit.getCertificate().isEmpty()) {
      return new Identity.Unit(unit.getOrganizationalUnitIdentifier(), ByteString.EMPTY);
    }
    X509Certificate certifier =
        CertificateParts.certificate(unit.getCertificate(), "the certificate of an OU");
    if (!chains.isAuthority(certifier)) {
      throw new RefusedException("the certificate of an OU is of no authority of the MSP");
    }
    return new Identity.Unit(
        unit.getOrganizationalUnitIdentifier(),
        Chains.certifiers(chains.ofAuthority(certifier), 0));
  }

  /** The id under which the organisation's members sign. */
  public String id() {
    return config.getName();
  }

  /** What it was made of. */
  public FabricMSPConfig config() {
    return config;
  }

  /**
   * The member with this certificate.
   *
   * @throws RefusedException with the reason why it is no member
   */
  public Identity identity(X509Certificate certificate) throws RefusedException {
    List<X509Certificate> chain = chains.ofMember(certificate);
    ByteString fingerprint = CertificateParts.fingerprint(certificate, chain.get(1).getPublicKey());
    ByteString certifiers = Chains.certifiers(chain, 1);
    List<Identity.Unit> units =
        CertificateParts.organizationalUnits(certificate).stream()
            .map(name -> new Identity.Unit(name, certifiers))
            .toList();
    // Where there are node OUs the peers look at nothing else.
    if (nodeUnits.isEmpty()) {
      requireWantedUnit(units);
    }
    return new Identity(id(), certificate, fingerprint, units, roles(units, fingerprint));
  }

  private void requireWantedUnit(List<Identity.Unit> units) throws RefusedException {
    boolean found =
        units.stream()
            .anyMatch(unit -> wantedUnits.stream().anyMatch(wanted -> fits(wanted, unit)));
    if (!wantedUnits.isEmpty() && !found) {
      throw new RefusedException("the certificate is of none of the organisation's units");
    }
  }

  private static boolean fits(Identity.Unit wanted, Identity.Unit unit) {
    return wanted.name().equals(unit.name())
        && (wanted.certifiers().isEmpty() || wanted.certifiers().equals(unit.certifiers()));
  }

  private Set<Role> roles(List<Identity.Unit> units, ByteString fingerprint)
      throws RefusedException {
    Set<Role> roles = new HashSet<>();
    if (admins.contains(fingerprint)) {
      roles.add(Role.ADMIN);
    }
    if (nodeUnits.isEmpty()) {
      return roles;
    }
    int nodeRoles = 0;
    for (Identity.Unit unit : units) {
      for (Map.Entry<Role, Identity.Unit> node : nodeUnits.entrySet()) {
        if (node.getValue().name().equals(unit.name())) {
          if (!fits(node.getValue(), unit)) {
            throw new RefusedException(
                "another authority has to vouch for the unit " + unit.name());
          }
          nodeRoles++;
          roles.add(node.getKey());
        }
      }
    }
    if (nodeRoles != 1) {
      throw new RefusedException(
          "a member is exactly one of client, peer, admin and orderer, and the certificate says "
              + nodeRoles
              + " of them");
    }
    return roles;
  }
}
