import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.Session;

/** SFTP as JSch has it. */
final class Sftp implements Client {
	private final Site site;

	Sftp(Site site) {
		this.site = site;
	}

	private interface Steps {
		void go(ChannelSftp channel) throws Exception;
	}

	private void over(String user, Steps steps) throws Exception {
		Session session = site.open(user);

		try {
			ChannelSftp channel = (ChannelSftp) session
			    .openChannel("sftp");
			channel.connect();
			steps.go(channel);
			channel.disconnect();
		} finally {
			session.disconnect();
		}
	}

	@Override
	public void put(String user, String local, String remote)
	    throws Exception {
		over(user, channel -> channel.put(local, remote));
	}

	@Override
	public void get(String user, String remote, String local)
	    throws Exception {
		over(user, channel -> channel.get(remote, local));
	}

	@Override
	public void remove(String user, String remote) throws Exception {
		over(user, channel -> channel.rm(remote));
	}

	@Override
	public void link(String user, String remote) throws Exception {
		over(user, channel -> channel.symlink("old", remote));
	}
}
