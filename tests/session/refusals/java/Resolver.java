import com.jcraft.jsch.Session;
import org.apache.ivy.plugins.repository.ssh.Scp;

/** What Ivy's resolver "ssh" copies with; it is made of JSch. */
final class Resolver implements Client {
	private final Site site;

	Resolver(Site site) {
		this.site = site;
	}

	@Override
	public void put(String user, String local, String remote)
	    throws Exception {
		Session session = site.open(user);

		try {
			new Scp(session).put(local, Client.directory(remote),
			    Client.name(remote), "0644");
		} finally {
			session.disconnect();
		}
	}

	@Override
	public void get(String user, String remote, String local)
	    throws Exception {
		Session session = site.open(user);

		try {
			new Scp(session).get(remote, local);
		} finally {
			session.disconnect();
		}
	}
}
